import type { Random } from '../../random.js';
import type { Qos } from '../../sn/messages.js';
import type { Memory } from './memory.js';

/** What a hostile device has to say, beside what it hears. */
export interface Vocabulary {
  /** Client ids that it claims: with one of another device it is an impostor. */
  clientIds: readonly string[];
  topics: readonly string[];
  /** Nodes for whom it speaks as a forwarder; with one of another device it is an impostor. */
  nodes: readonly Uint8Array[];
}

/** Client ids that gateways stumble over. */
const ODD_CLIENT_IDS = [
  '',
  '+',
  '#',
  'a/b',
  'a\0',
  '$SYS',
  '${clientId}',
  'ü😀',
  'x'.repeat(23),
  'x'.repeat(24),
  'x'.repeat(257),
];

const ODD_TOPICS = [
  '',
  '#',
  '+',
  '+/+',
  'a/#/b',
  'a+',
  '/',
  '$SYS/broker',
  '$share/g/a',
  'a\0b',
  '\u{feff}a',
  '\u{ffff}',
  'a/'.repeat(101),
  'a'.repeat(300),
];

/** 0: no keep alive in CONNECT, no sleep in DISCONNECT. 65,535 s is the longest. */
const DURATIONS_SEC = [0, 1, 2, 10, 60, 61, 600, 65_535];

const FEW_IDS = [0, 1, 2, 3, 0xfffe, 0xffff];

const PAYLOAD_BYTES = [0, 1, 2, 10, 50, 58, 200, 246, 249, 300, 1500];

/** The values of fields: mostly sensible, often used before, sometimes odd. */
export class Words {
  constructor(
    readonly random: Random,
    readonly memory: Memory,
    private readonly vocabulary: Vocabulary,
  ) {}

  clientId(): string {
    return this.random.chance(0.8)
      ? this.random.pick(this.vocabulary.clientIds)
      : this.random.pick(ODD_CLIENT_IDS);
  }

  topic(): string {
    return this.random.chance(0.75)
      ? this.random.pick(this.vocabulary.topics)
      : this.random.pick(ODD_TOPICS);
  }

  /** Two octets that are a name (MQTT-SN 1.2, 5.3.11), or that cannot be one. */
  shortTopic(): string {
    return this.random.pick(['ab', 'ab', '++', '+#', '/#', 'a\0', 'ü']);
  }

  node(): Uint8Array {
    return this.random.pick(this.vocabulary.nodes);
  }

  topicId(): number {
    const { topicIds } = this.memory;
    return topicIds.length > 0 && this.random.chance(0.6)
      ? this.random.pick(topicIds)
      : this.random.pick(FEW_IDS);
  }

  /** Few, so that they meet again. */
  messageId(): number {
    return this.random.pick(FEW_IDS);
  }

  qos(): Qos {
    return this.random.pick<Qos>([-1, 0, 1, 1, 2, 2]);
  }

  code(): number {
    return this.random.pick([0, 0, 1, 2, 3, 4, 255]);
  }

  durationSec(): number {
    return this.random.pick(DURATIONS_SEC);
  }

  octet(): number {
    return this.random.integer(0, 0xff);
  }

  flag(): boolean {
    return this.random.chance(0.5);
  }

  payload(): Uint8Array {
    return this.random.octets(this.random.pick(PAYLOAD_BYTES));
  }
}
