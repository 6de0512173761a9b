/**
 * A topic id means one name as long as a session lasts, and nothing is published under it before its receiver has
 * confirmed it: by REGACK, or by having asked for it with REGISTER or SUBSCRIBE (6.10).
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { diskMayForget, honestOf } from './excuses.js';
import { placeOnRadio } from './support.js';

class Table {
  readonly names = new Map<number, string>();
  readonly usable = new Set<number>();
  wantsCleanSession = false;
  /** What the device has asked for, by message id. */
  readonly wishes = new Map<number, string>();
  /** What the gateway has offered, by message id. */
  readonly offers = new Map<number, number>();
}

export const topicIds: WatcherFactory = (scene): Watcher => {
  const honest = honestOf(scene);
  const tables = new Map<string, Table>(honest.map(({ id }) => [id, new Table()]));
  /** Radios have the names of their links. */
  const onRadio = new Map(honest.map((plan) => [keyOf(placeOnRadio(plan)), plan.id]));
  const deviceAt = (link: string, address: string): string =>
    honest.find(({ id }) => scene.addressOf(id) === address)?.id ??
    onRadio.get(keyOf({ link, address: address.toLowerCase() })) ??
    '';

  const name = (device: string, table: Table, id: number, meant: string | undefined): void => {
    const known = table.names.get(id);
    if (meant === undefined || known === meant) return;
    if (known !== undefined && !diskMayForget(scene)) {
      scene.report(`${device}: topic id ${id} means ${known}, and now ${meant}`);
    }
    table.names.set(id, meant);
  };

  const onSaid = (message: SnMessage, table: Table): void => {
    switch (message.type) {
      case 'CONNECT':
        table.wantsCleanSession = message.cleanSession;
        return;
      case 'REGISTER':
        return void table.wishes.set(message.messageId, message.name);
      case 'SUBSCRIBE':
        if (message.topic.kind === 'normal')
          table.wishes.set(message.messageId, message.topic.name);
        return;
      case 'REGACK': {
        const id = table.offers.get(message.messageId);
        if (message.code === 0 && id !== undefined) table.usable.add(id);
        return;
      }
      default:
    }
  };

  const onTold = (message: SnMessage, device: string, table: Table): void => {
    switch (message.type) {
      case 'CONNACK':
        // The session before has ended, and its ids with it; a CONNECT that comes to nothing ends none.
        if (message.code === 0 && table.wantsCleanSession) tables.set(device, new Table());
        return;
      case 'REGISTER':
        name(device, table, message.topicId, message.name);
        return void table.offers.set(message.messageId, message.topicId);
      case 'REGACK':
      case 'SUBACK':
        if (message.code !== 0 || message.topicId === 0) return;
        name(device, table, message.topicId, table.wishes.get(message.messageId));
        return void table.usable.add(message.topicId);
      case 'PUBLISH':
        if (message.topicKind !== 'normal' || table.usable.has(message.topicId)) return;
        return scene.report(
          `${device}: PUBLISH under topic id ${message.topicId}, which it has never confirmed`,
        );
      default:
    }
  };

  const arrives = (link: string, address: string, data: Uint8Array): void => {
    const [message, table] = [decode(data), tables.get(deviceAt(link, address))];
    if (message !== undefined && table !== undefined) onSaid(message, table);
  };
  const leaves = (link: string, address: string | null, data: Uint8Array): void => {
    const device = deviceAt(link, address ?? '');
    const [message, table] = [decode(data), tables.get(device)];
    if (message !== undefined && table !== undefined) onTold(message, device, table);
  };
  return { frameIn: arrives, radioIn: arrives, frameOut: leaves, radioOut: leaves };
};

const keyOf = (place: { link: string; address: string } | undefined): string =>
  place === undefined ? '' : `${place.link} ${place.address}`;
