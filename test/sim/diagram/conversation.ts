/** The packets of a connection between gateway and broker, and which devices each is about. */
import { type Packet, type Parser, parser } from 'mqtt-packet';

/** Who sends it: the gateway up, the broker down. */
export type Direction = 'up' | 'down';

export interface Spoken {
  packet: Packet;
  /** None: it is about nobody in particular. */
  devices: readonly string[];
}

/** By client, direction and packet id, whom an exchange is about: it may go on over another connection. */
export type Exchanges = Map<string, readonly string[]>;

/** Packets that begin an exchange or belong to the side that began it; all others answer. */
const OWN: readonly Packet['cmd'][] = ['publish', 'pubrel', 'subscribe', 'unsubscribe'];

export class Conversation {
  private readonly parsers: Record<Direction, Parser>;
  private spoken: Packet[] = [];
  private clientId = '';

  constructor(
    private readonly exchanges: Exchanges,
    private readonly devicesIn: (text: string) => readonly string[],
  ) {
    this.parsers = { up: this.parserWith({}), down: this.parserWith({}) };
  }

  /** Octets that one side has sent become the packets that are complete. */
  hear(direction: Direction, octets: Uint8Array): Spoken[] {
    this.spoken = [];
    this.parsers[direction].parse(Buffer.from(octets));
    return this.spoken.map((packet) => {
      if (packet.cmd === 'connect') this.begin(packet.clientId, packet.protocolVersion ?? 4);
      return { packet, devices: this.devicesOf(packet, direction) };
    });
  }

  private begin(clientId: string, protocolVersion: number): void {
    this.clientId = clientId;
    this.parsers.down = this.parserWith({ protocolVersion });
  }

  private devicesOf(packet: Packet, direction: Direction): readonly string[] {
    const owner = this.devicesIn(this.clientId);
    if (owner.length > 0) return owner;
    if (packet.messageId === undefined) return this.devicesIn(textsOf(packet));
    const other = direction === 'up' ? 'down' : 'up';
    const side = OWN.includes(packet.cmd) ? direction : other;
    const exchange = `${this.clientId} ${side} ${packet.messageId}`;
    const texts = textsOf(packet);
    if (texts !== '') this.exchanges.set(exchange, this.devicesIn(texts));
    return this.exchanges.get(exchange) ?? [];
  }

  private parserWith(options: { protocolVersion?: number }): Parser {
    return parser(options).on('packet', (packet: Packet) => void this.spoken.push(packet));
  }
}

/** Where a packet may name devices. */
function textsOf(packet: Packet): string {
  if (packet.cmd === 'publish') return `${packet.topic} ${packet.payload.toString()}`;
  if (packet.cmd === 'subscribe') return packet.subscriptions.map(({ topic }) => topic).join(' ');
  return packet.cmd === 'unsubscribe' ? packet.unsubscriptions.join(' ') : '';
}
