/** No QoS 2 message comes twice, in either direction, and none at QoS 0 or -1 more often to the broker than to the gateway. */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  CopiesAtBroker,
  UnknownNumbers,
  brokerForgotDuring,
  copyOutlivesMemory,
  diskForgotDuring,
  hasImpostor,
  hasRebooted,
  honestOf,
  isTransparent,
  mayArrive,
  networkOvertakes,
  wasThrownOut,
} from './excuses/index.js';
import { addTo, commandIn, keepsSession, textOf, topicOfSent, whoseCommands } from './support.js';

/** From the gateway to the device, by radio. */
const ON_ITS_WAY_MS = 1000;
/** Type of a frame that somebody forwards for another (MQTT-SN 1.2, 5.5). */
const FE = 0xfe;

export const once: WatcherFactory = (scene): Watcher => {
  const plans = honestOf(scene).filter(keepsSession);
  /** What others publish at QoS 1. */
  const saidOnceAtLeast = new Set(
    scene.story.messages.filter(({ qos }) => qos === 1).map(({ text }) => text),
  );
  const topics = new Map(scene.story.messages.map(({ text, topic }) => [text, topic]));
  /** Of what they publish at QoS 2, what the broker has repeated as a copy at QoS 1: for a filter that was granted no more. */
  const repeatedAtLeastOnce = new Set<string>();
  /** By topic and text. */
  const arrivals = new Map<string, number>();
  const arrivedLastAt = new Map<string, number>();
  /** When the broker had all that had waited for it. */
  const emptiedAt: number[] = [];
  /** What is acknowledged while the broker is away is under way until it has it, as far as the gateway knows. */
  const untilItIsThere = (
    one: SentMessage,
    key: string,
  ): Pick<SentMessage, 'at' | 'acknowledgedAt'> => {
    const { at, acknowledgedAt } = one;
    if (acknowledgedAt === undefined) return one;
    const isThereAt = emptiedAt.find((time) => time >= acknowledgedAt) ?? Number.POSITIVE_INFINITY;
    const cameAt = arrivedLastAt.get(key) ?? 0;
    return { at, acknowledgedAt: Math.max(acknowledgedAt, Math.min(cameAt, isThereAt)) };
  };
  /**
   * What the broker has put into sessions of the gateway, by text: once for all filters, but for each that it likes where it
   * sees the device itself, and retained with every SUBSCRIBE.
   */
  const queued = new Map<string, number>();
  const copies = new CopiesAtBroker(scene);
  const unknown = new UnknownNumbers(scene);
  /** Texts of which a copy had waited when a device gave a filter up. */
  const mayComeFor = new Map<string, Set<string>>();
  /** How often the gateway has heard what is said at QoS 0 or -1, by text. */
  const heard = new Map<string, number>();
  /** When it has heard what is said at QoS 1 or 2, by text. */
  const heardAt = new Map<string, number[]>();
  const copiesUp = new Copies((dup) => !dup);
  // A device remembers nothing of an exchange that is over: then it takes a copy for a message, also with DUP.
  const copiesDown = new Copies(() => true);
  const releases = new Ends('PUBREL');
  const completions = new Ends('PUBCOMP');
  /** When the gateway's process has ended. */
  const ends: number[] = [];
  /** When it has heard CONNECT, by device. */
  const connects = new Map<string, number[]>();
  const count = (map: Map<string, number>, key: string, by = 1): void =>
    void map.set(key, (map.get(key) ?? 0) + by);
  const comes = (data: Uint8Array): void => {
    copiesUp.came(data);
    const message = decode(forwardedIn(data));
    if (message?.type === 'CONNECT')
      connects.set(message.clientId, [...(connects.get(message.clientId) ?? []), scene.now()]);
    if (message?.type !== 'PUBLISH') return;
    const text = textOf(message.payload);
    if (message.qos <= 0) count(heard, text);
    else heardAt.set(text, [...(heardAt.get(text) ?? []), scene.now()]);
  };
  return {
    said: (device, data) => {
      if (decode(data)?.type === 'UNSUBSCRIBE' && !isTransparent(scene, device)) {
        for (const text of copies.texts(device)) addTo(mayComeFor, device, text);
      }
      copiesUp.sent(data);
      releases.begins(device, data);
      releases.mayEnd(device, data, scene.now());
      completions.mayEnd(device, data, scene.now());
    },
    frameIn: (_link, _address, data) => comes(data),
    radioIn: (_link, _address, data) => comes(data),
    frameOut: (_link, _address, data) => copiesDown.sent(data),
    radioOut: (_link, _address, data) => copiesDown.sent(data),
    heard: (device, data) => {
      copiesDown.came(data);
      completions.begins(device, data);
    },
    life: (is) => {
      if (is !== 'killed' && is !== 'ended') return;
      ends.push(scene.now());
      copies.ended();
    },
    arrived: (_client, { topic, payload }) => {
      const key = `${topic} ${textOf(payload)}`;
      count(arrivals, key);
      arrivedLastAt.set(key, scene.now());
    },
    notice: ({ notice }) => {
      if (notice === 'outbox-delivered') emptiedAt.push(scene.now());
    },
    wireIn: (_connection, what) => {
      const { text, qos, isRepeated } = commandIn(what) ?? {};
      if (text !== undefined && qos === 1 && isRepeated) repeatedAtLeastOnce.add(text);
    },
    subscribed: (client, filter) => {
      copies.subscribed(filter);
      unknown.subscribed(client, filter);
    },
    handedOver: (_client, { payload }) => copies.handedOver(textOf(payload)),
    queued: (client, { topic, payload, retain, qos }) => {
      if (qos > 0) copies.queued(textOf(payload), topic);
      const device = whoseCommands(topic);
      if (device === undefined) return;
      const mayBeCopy = retain || client === device;
      if (mayBeCopy || !queued.has(textOf(payload))) count(queued, textOf(payload));
    },
    finish: () => {
      for (const [id, { ledger }] of scene.devices) {
        if (hasImpostor(scene, id)) continue;
        const lowly = ledger.sent.filter(({ qos }) => qos <= 0);
        const keyOf = (one: SentMessage): string =>
          `${topicOfSent(id, one)} ${textOf(one.payload)}`;
        // Whose text went out while the disk failed goes out again: nobody can tell them apart.
        const isForgotten = (one: SentMessage): boolean =>
          diskForgotDuring(scene, {
            at: one.at,
            acknowledgedAt: arrivedLastAt.get(keyOf(one)) ?? one.at,
          });
        const forgotten = new Set(lowly.filter(isForgotten).map(keyOf));
        for (const one of lowly.filter((message) => !forgotten.has(keyOf(message)))) {
          const text = textOf(one.payload);
          const times = arrivals.get(keyOf(one)) ?? 0;
          if (times > (heard.get(text) ?? 0))
            scene.report(`${id}: the QoS ${one.qos} message "${text}" arrived ${times} times`);
        }
      }
      for (const { id, udp } of plans) {
        const { sent = [], received = [] } = scene.devices.get(id)?.ledger ?? {};
        /** By topic and text: an actuator says the same again when it is told the same again, or has lost its session. */
        const said = new Map<string, SentMessage[]>();
        for (const one of sent.filter(({ qos }) => qos === 2)) {
          const key = `${topicOfSent(id, one)} ${textOf(one.payload)}`;
          said.set(key, [...(said.get(key) ?? []), one]);
        }
        for (const [key, messages] of said) {
          const isForgotten = (one: SentMessage): boolean =>
            brokerForgotDuring(scene, untilItIsThere(one, key)) ||
            diskForgotDuring(scene, untilItIsThere(one, key));
          if (messages.some(isForgotten)) continue;
          const [text = ''] = messages.map(({ payload }) => textOf(payload));
          const times = arrivals.get(key) ?? 0;
          const late = messages.filter((one) =>
            copyOutlivesMemory(
              scene,
              id,
              releases.of(id, text, one.at) ?? one.acknowledgedAt,
              [...ends, ...(connects.get(id) ?? [])],
              heardAt.get(text) ?? [],
            ),
          ).length;
          if (times > mayArrive(copiesUp.of(text), messages.length + late))
            scene.report(`${id}: the QoS 2 message "${key}" arrived ${times} times`);
        }
        if (hasRebooted(scene, id) || wasThrownOut(scene, id)) continue;
        if (udp !== undefined && networkOvertakes(scene)) continue;
        const got = new Map<string, number>();
        for (const { qos, payload, at } of received) {
          if (qos !== 2) continue;
          // Once more, after the end of a process that knew that the device has it.
          const sentAt = at - Math.max(ON_ITS_WAY_MS, scene.story.lan.delayMs[1]);
          const overAt = completions.of(id, textOf(payload), at) ?? at;
          const isForgotten = diskForgotDuring(scene, { at: sentAt, acknowledgedAt: overAt });
          count(got, textOf(payload), isForgotten ? 0 : 1);
        }
        for (const [text, times] of got) {
          // "Which copy is for whom": it comes with the QoS of a new filter, and its broker may have repeated it.
          if (saidOnceAtLeast.has(text)) continue;
          if (repeatedAtLeastOnce.has(text) && !isTransparent(scene, id)) continue;
          const mayComeToo =
            mayComeFor.get(id)?.has(text) === true ||
            unknown.mayBear(id, topics.get(text) ?? '', copies.queuedAt(text)) ||
            (!isTransparent(scene, id) && copies.areMistaken(text));
          const copiesMax = Math.max(1, queued.get(text) ?? 0) + (mayComeToo ? 1 : 0);
          if (times > mayArrive(copiesDown.of(text), copiesMax)) {
            scene.report(`${id} got the QoS 2 message "${text}" ${times} times`);
          }
        }
      }
    },
  };
};

/**
 * When devices have ended exchanges at QoS 2: with PUBREL those that they had begun, which are over for the gateway then,
 * whatever becomes of PUBCOMP; with PUBCOMP those of the gateway.
 */
class Ends {
  /** Texts, by device and message id. */
  private readonly texts = new Map<string, string>();
  /** By device and text. */
  private readonly times = new Map<string, number[]>();

  constructor(private readonly word: 'PUBREL' | 'PUBCOMP') {}

  begins(device: string, data: Uint8Array): void {
    const message = decode(data);
    if (message?.type === 'PUBLISH' && message.qos === 2)
      this.texts.set(`${device} ${message.messageId}`, textOf(message.payload));
  }

  mayEnd(device: string, data: Uint8Array, now: number): void {
    const message = decode(data);
    if (message?.type !== this.word) return;
    const key = `${device} ${this.texts.get(`${device} ${message.messageId}`)}`;
    this.times.set(key, [...(this.times.get(key) ?? []), now]);
  }

  /** The first since then. */
  of(device: string, text: string, since: number): number | undefined {
    return this.times.get(`${device} ${text}`)?.find((at) => at >= since);
  }
}

/** What a network has made of QoS 2 messages: each that comes once more since it was sent last. Those before that may be lost. */
class Copies {
  /** By text. */
  private readonly counts = new Map<string, number>();
  /** Those that have not come since they were sent last, by text, message id and DUP. */
  private readonly awaited = new Set<string>();

  /** `isOne`: whether the receiver may take a copy with, or without, DUP for another message. */
  constructor(private readonly isOne: (dup: boolean) => boolean) {}

  sent(data: Uint8Array): void {
    const key = this.keyOf(decode(data));
    if (key !== undefined) this.awaited.add(key);
  }

  came(data: Uint8Array): void {
    const message = decode(data);
    const key = this.keyOf(message);
    if (key === undefined || message?.type !== 'PUBLISH' || this.awaited.delete(key)) return;
    const text = textOf(message.payload);
    this.counts.set(text, this.of(text) + 1);
  }

  of(text: string): number {
    return this.counts.get(text) ?? 0;
  }

  private keyOf(message: SnMessage | undefined): string | undefined {
    if (message?.type !== 'PUBLISH' || message.qos !== 2 || !this.isOne(message.dup))
      return undefined;
    return `${message.messageId} ${message.dup} ${textOf(message.payload)}`;
  }
}

/** A hostile device forwards again what was forwarded to it. */
const forwardedIn = (data: Uint8Array): Uint8Array =>
  data[1] === FE ? data.subarray(data[0]) : data;
