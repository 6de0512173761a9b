import {
  type Qos,
  type SnMessage,
  type TopicKind,
  type TopicReference,
  TYPES,
} from './messages.js';

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPES).map(([name, code]) => [code, name]),
);
const QOS: readonly Qos[] = [0, 1, 2, -1];
const TOPIC_KINDS: readonly (TopicKind | undefined)[] = ['normal', 'predefined', 'short'];
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** One message and nothing else; undefined when it is not well formed. */
export function decode(octets: Uint8Array): SnMessage | undefined {
  const isLong = octets[0] === 0x01;
  const [length = 0, headLength] = isLong
    ? [(octets[1] ?? 0) * 256 + (octets[2] ?? 0), 4]
    : [octets[0], 2];
  if (length !== octets.length || length < headLength) return undefined;
  const name = NAMES.get(octets[headLength - 1] ?? -1);
  if (name === undefined) return undefined;
  const reader = new Reader(octets.subarray(headLength));
  const message = read(name as SnMessage['type'], reader);
  return reader.isSpent ? message : undefined;
}

/** Takes fields one after the other; what is missing or wrong shows in the end. */
class Reader {
  private at = 0;
  private hasFailed = false;

  constructor(private readonly octets: Uint8Array) {}

  get left(): number {
    return this.octets.length - this.at;
  }

  /** Everything has been taken, and everything was there. */
  get isSpent(): boolean {
    return this.left === 0 && !this.hasFailed;
  }

  uint8(): number {
    const octet = this.octets[this.at++];
    if (octet === undefined) this.hasFailed = true;
    return octet ?? 0;
  }

  uint16(): number {
    return this.uint8() * 256 + this.uint8();
  }

  rest(): Uint8Array {
    const rest = this.octets.slice(this.at);
    this.at = Math.max(this.at, this.octets.length);
    return rest;
  }

  text(): string {
    try {
      return UTF8.decode(this.rest());
    } catch {
      return this.fail('');
    }
  }

  fail<T>(instead: T): T {
    this.hasFailed = true;
    return instead;
  }
}

function read(type: SnMessage['type'], reader: Reader): SnMessage {
  switch (type) {
    case 'ADVERTISE':
      return { type, gatewayId: reader.uint8(), durationSec: reader.uint16() };
    case 'SEARCHGW':
      return { type, radius: reader.uint8() };
    case 'GWINFO':
      return { type, gatewayId: reader.uint8(), gatewayAddress: reader.rest() };
    case 'CONNECT': {
      const flags = reader.uint8();
      return {
        type,
        will: (flags & 0x08) !== 0,
        cleanSession: (flags & 0x04) !== 0,
        protocolId: reader.uint8(),
        durationSec: reader.uint16(),
        clientId: reader.text(),
      };
    }
    case 'CONNACK':
    case 'WILLTOPICRESP':
    case 'WILLMSGRESP':
      return { type, code: reader.uint8() };
    case 'WILLTOPICREQ':
    case 'WILLMSGREQ':
    case 'PINGRESP':
      return { type };
    case 'WILLTOPIC':
    case 'WILLTOPICUPD': {
      if (reader.left === 0) return { type };
      const flags = reader.uint8();
      return {
        type,
        will: { qos: qosOf(flags), retain: (flags & 0x10) !== 0, topic: reader.text() },
      };
    }
    case 'WILLMSG':
    case 'WILLMSGUPD':
      return { type, payload: reader.rest() };
    case 'REGISTER':
      return {
        type,
        topicId: reader.uint16(),
        messageId: reader.uint16(),
        name: reader.text(),
      };
    case 'REGACK':
    case 'PUBACK':
      return {
        type,
        topicId: reader.uint16(),
        messageId: reader.uint16(),
        code: reader.uint8(),
      };
    case 'PUBLISH': {
      const flags = reader.uint8();
      return {
        type,
        dup: (flags & 0x80) !== 0,
        qos: qosOf(flags),
        retain: (flags & 0x10) !== 0,
        topicKind: topicKindOf(flags, reader),
        topicId: reader.uint16(),
        messageId: reader.uint16(),
        payload: reader.rest(),
      };
    }
    case 'PUBREC':
    case 'PUBREL':
    case 'PUBCOMP':
    case 'UNSUBACK':
      return { type, messageId: reader.uint16() };
    case 'SUBSCRIBE': {
      const flags = reader.uint8();
      const messageId = reader.uint16();
      const topic = reference(topicKindOf(flags, reader), reader);
      return { type, dup: (flags & 0x80) !== 0, qos: qosOf(flags), messageId, topic };
    }
    case 'SUBACK': {
      const qos = qosOf(reader.uint8());
      const topicId = reader.uint16();
      return { type, qos, topicId, messageId: reader.uint16(), code: reader.uint8() };
    }
    case 'UNSUBSCRIBE': {
      const kind = topicKindOf(reader.uint8(), reader);
      return { type, messageId: reader.uint16(), topic: reference(kind, reader) };
    }
    case 'PINGREQ':
      return { type, clientId: reader.text() };
    case 'DISCONNECT':
      return reader.left === 0 ? { type } : { type, durationSec: reader.uint16() };
    default:
      return type satisfies never;
  }
}

const qosOf = (flags: number): Qos => QOS[(flags >> 5) & 0x03] ?? 0;

const topicKindOf = (flags: number, reader: Reader): TopicKind =>
  TOPIC_KINDS[flags & 0x03] ?? reader.fail('normal');

function reference(kind: TopicKind, reader: Reader): TopicReference {
  switch (kind) {
    case 'normal':
      return { kind, name: reader.text() };
    case 'predefined':
      return { kind, id: reader.uint16() };
    case 'short':
      return reader.left === 2 ? { kind, name: reader.text() } : reader.fail({ kind, name: '' });
    default:
      return kind satisfies never;
  }
}
