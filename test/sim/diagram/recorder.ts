/**
 * Writes down what a diagram shows, as one more who watches. It goes before those who judge: then a breach stands
 * behind what it was found by.
 */
import type { Packet } from 'mqtt-packet';
import { lineOf } from '../../../src/observe/explain/format.js';
import { quoted } from '../../../src/observe/explain/text.js';
import type { Notice } from '../../../src/core/types.js';
import { describe } from '../../../src/observe/describe.js';
import { placeOnRadio } from '../checkers/support.js';
import type { Fault } from '../story.js';
import type { Scene, Watcher, WatcherFactory } from '../watcher.js';
import { Conversation, type Direction, type Exchanges } from './conversation.js';
import type { Event, Place } from './event.js';
import { lineOfPacket } from './packet.js';

const LIVES = {
  begins: 'the gateway begins',
  serves: 'the gateway serves',
  killed: 'the gateway is killed',
  ended: 'the gateway has ended',
} as const;

/** MQTT's keep alive says nothing about anybody. */
const ROUTINE: readonly Packet['cmd'][] = ['pingreq', 'pingresp'];

/** `events` grows as the story is played. */
export function recorder(events: Event[]): WatcherFactory {
  return (scene): Watcher => {
    const who = new Directory(scene);
    const exchanges: Exchanges = new Map();
    const conversations = new Map<string, Conversation>();

    const message = (from: Place, to: Place, text: string, devices: readonly string[]): void =>
      void events.push({ kind: 'message', at: scene.now(), from, to, text, devices });
    const mark = (place: Place, text: string, devices: readonly string[]): void =>
      void events.push({ kind: 'mark', at: scene.now(), place, text, devices });
    const up = (link: string, address: string, data: Uint8Array): void =>
      message('network', 'gateway', lineOf(data), who.hasAddress(link, address));
    const down = (link: string, address: string | null, data: Uint8Array): void =>
      message('gateway', 'network', lineOf(data), who.hasAddress(link, address));

    const onWire = (direction: Direction, connection: string, what: Uint8Array | string): void => {
      const [from, to]: [Place, Place] =
        direction === 'up' ? ['gateway', 'broker'] : ['broker', 'gateway'];
      if (typeof what === 'string') return message(from, to, `${connection}: ${what}`, []);
      let conversation = conversations.get(connection);
      if (conversation === undefined) {
        conversation = new Conversation(exchanges, (text) => who.isNamedIn(text));
        conversations.set(connection, conversation);
      }
      for (const { packet, devices } of conversation.hear(direction, what)) {
        if (!ROUTINE.includes(packet.cmd)) message(from, to, lineOfPacket(packet), devices);
      }
    };

    return {
      said: (device, data) => {
        who.meet(device);
        message('device', 'network', lineOf(data), [device]);
      },
      heard: (device, data) => message('network', 'device', lineOf(data), [device]),
      frameIn: up,
      frameOut: down,
      radioIn: up,
      radioOut: down,
      wireIn: (connection, what) => onWire('down', connection, what),
      wireOut: (connection, what) => onWire('up', connection, what),
      notice: (notice) => {
        const place = notice.notice === 'store' ? 'disk' : 'gateway';
        mark(place, describe(notice).message, who.isMeantBy(notice));
      },
      life: (is) => mark('gateway', LIVES[is], []),
      published: ({ topic, text, qos }) => {
        mark(
          'broker',
          `somebody publishes ${topic} QoS ${qos} ${quoted(text)}`,
          who.isNamedIn(topic),
        );
      },
      willFired: (client, { topic }) =>
        mark('broker', `will ${topic}`, who.isNamedIn(`${client} ${topic}`)),
      fault: (fault, to) => {
        const devices = 'device' in fault ? [fault.device] : [];
        events.push({ kind: 'fault', at: scene.now(), to, text: wordsOf(fault), devices });
      },
      calm: () => {
        events.push({
          kind: 'fault',
          at: scene.now(),
          to: 0,
          text: 'all is repaired',
          devices: [],
        });
      },
      breach: (text) => {
        events.push({ kind: 'breach', at: scene.now(), text, devices: who.isNamedIn(text) });
      },
    };
  };
}

/** Kind and settings, as the story has them. */
function wordsOf({ at: _at, kind, ...settings }: Fault): string {
  const texts = Object.entries(settings).map(([name, value]) =>
    typeof value === 'object' ? `${name} ${JSON.stringify(value)}` : `${name} ${value}`,
  );
  return `fault ${kind}: ${texts.join(', ')}`;
}

/** Who is who, by addresses and names. */
class Directory {
  /** By link and address. */
  private readonly addresses = new Map<string, string>();

  constructor(private readonly scene: Scene) {
    for (const plan of scene.story.scene.devices) {
      const place = placeOnRadio(plan);
      if (place !== undefined) this.addresses.set(keyOf(place.link, place.address), plan.id);
    }
  }

  /** A device on the network says something, from an address that may be new. */
  meet(device: string): void {
    const address = this.scene.addressOf(device);
    if (address !== undefined) this.addresses.set(keyOf(undefined, address), device);
  }

  hasAddress(link: string, address: string | null): readonly string[] {
    if (address === null) return this.isOn(link);
    const device =
      this.addresses.get(keyOf(undefined, address)) ?? this.addresses.get(keyOf(link, address));
    return device === undefined ? [] : [device];
  }

  /** A link is called like its radio; all others are on the network. */
  private isOn(link: string): readonly string[] {
    const { radios = {}, devices } = this.scene.story.scene;
    const radio = link in radios ? link : undefined;
    return devices.filter((one) => one['radio'] === radio).map(({ id }) => id);
  }

  isMeantBy(notice: Notice): readonly string[] {
    const { client, link, address } = { client: '', link: '', address: '', ...notice };
    return this.scene.devices.has(client) ? [client] : this.hasAddress(link, address);
  }

  /** By their ids, as whole words, or by their addresses. */
  isNamedIn(text: string): readonly string[] {
    const words = text.split(/[^\w.:-]+/).map((word) => word.replace(/[.:]+$/, ''));
    const named = words.flatMap((word) =>
      this.scene.devices.has(word) ? [word] : this.hasAddress('', word),
    );
    return [...new Set(named)];
  }
}

const keyOf = (link: string | undefined, address: string): string =>
  `${link ?? ''} ${address.toLowerCase()}`;
