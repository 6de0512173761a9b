/**
 * A topic id means one name, and a name has one topic id, as long as a session lasts; nothing is published under it before
 * its receiver has confirmed it: by REGACK, or by having asked for it with REGISTER or SUBSCRIBE (6.10).
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import { sharedFilter } from '../broker/topics.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { diskHasForgotten, honestOf } from './excuses/index.js';

class Table {
  /** And since when. */
  readonly names = new Map<number, { name: string; at: number }>();
  readonly ids = new Map<string, number>();
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
  /** By link and address on a radio, who has said its name there: links write addresses in ways of their own. */
  const onRadio = new Map<string, string>();
  const deviceAt = (link: string, address: string): string =>
    scene.ownerOf(address) ?? onRadio.get(`${link} ${address}`) ?? '';

  const name = (device: string, table: Table, id: number, meant: string | undefined): void => {
    const known = table.names.get(id);
    if (meant === undefined || known?.name === meant) return;
    if (known !== undefined)
      scene.report(`${device}: topic id ${id} means ${known.name}, and now ${meant}`);
    const before = table.ids.get(meant);
    if (before !== undefined)
      scene.report(`${device}: ${meant} has had topic id ${before}, and now ${id}`);
    table.names.set(id, { name: meant, at: scene.now() });
    table.ids.set(meant, id);
  };

  const forget = ({ names, ids }: Table): void => {
    for (const [id, { name, at }] of names) {
      if (!diskHasForgotten(scene, at)) continue;
      names.delete(id);
      ids.delete(name);
    }
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
          table.wishes.set(
            message.messageId,
            sharedFilter(message.topic.name) ?? message.topic.name,
          );
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
    const message = decode(data);
    if (message === undefined) return;
    if ('clientId' in message && message.clientId !== '')
      onRadio.set(`${link} ${address}`, message.clientId);
    const table = tables.get(deviceAt(link, address));
    if (table !== undefined) onSaid(message, table);
  };
  const leaves = (link: string, address: string | null, data: Uint8Array): void => {
    const device = deviceAt(link, address ?? '');
    const [message, table] = [decode(data), tables.get(device)];
    if (message !== undefined && table !== undefined) onTold(message, device, table);
  };
  return {
    frameIn: arrives,
    radioIn: arrives,
    frameOut: leaves,
    radioOut: leaves,
    notice: (notice) => {
      if (notice.notice === 'forgotten') tables.get(notice.client)?.ids.clear();
    },
    life: (is) => {
      if (is === 'killed' || is === 'ended') for (const table of tables.values()) forget(table);
    },
  };
};
