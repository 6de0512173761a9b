/** What the gateway says to the broker, packet by packet, on each of its connections. */
import { type Packet, type Parser, parser } from 'mqtt-packet';

/** `client`: whose connection it is, as CONNECT has said. */
export type PacketListener = (packet: Packet, client: string) => void;

export class WirePackets {
  private readonly parsers = new Map<string, Parser>();
  private readonly clients = new Map<string, string>();

  constructor(private readonly onPacket: PacketListener = () => {}) {}

  /** @param what octets on the connection, or how it ends */
  wireOut(connection: string, what: Uint8Array | string): void {
    if (typeof what === 'string') {
      this.parsers.delete(connection);
      this.clients.delete(connection);
      return;
    }
    const known = this.parsers.get(connection) ?? this.reader(connection);
    this.parsers.set(connection, known);
    known.parse(Buffer.from(what));
  }

  clientOf(connection: string): string {
    return this.clients.get(connection) ?? '';
  }

  private reader(connection: string): Parser {
    return parser().on('packet', (packet) => {
      if (packet.cmd === 'connect') this.clients.set(connection, packet.clientId);
      this.onPacket(packet, this.clientOf(connection));
    });
  }
}
