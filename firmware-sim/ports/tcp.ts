import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { VirtualModem } from '../modems/modem.js';
import type { Direction, PacedLine } from './line.js';
import { type ModemPort, type PortOptions, paced } from './port.js';

export type TcpOptions = PortOptions & {
  host: string;
  /** 0: any that is free. */
  port: number;
  /** Each connection resets the modem, as opening the port does with an Arduino (modems.md 9.1). */
  resetOnOpen?: boolean;
};

/** A host that reads nothing loses octets, as behind any UART. */
const UNREAD_BYTES_MAX = 64 * 1024;

/** A serial port in the network, as ser2net offers it: one connection at a time. */
export async function openTcp(modem: VirtualModem, options: TcpOptions): Promise<TcpPort> {
  const port = new TcpPort(modem, options);
  await port.listen();
  return port;
}

export class TcpPort implements ModemPort {
  private readonly modem: VirtualModem;
  private readonly host: string;
  private readonly resetOnOpen: boolean;
  private readonly line: PacedLine;
  private boundPort: number;
  private server: Server | undefined;
  private socket: Socket | undefined;

  constructor(modem: VirtualModem, options: TcpOptions) {
    this.modem = modem;
    this.host = options.host;
    this.boundPort = options.port;
    this.resetOnOpen = options.resetOnOpen ?? false;
    this.line = paced(modem, options, (octets) => this.toHost(octets));
  }

  /** The one it listens on. */
  get port(): number {
    return this.boundPort;
  }

  async listen(): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.accept(socket));
    this.server = server;
    server.listen(this.boundPort, this.host);
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.boundPort = address.port;
    this.line.plug();
  }

  unplug(): void {
    this.line.unplug();
    this.disappear();
    this.modem.powerOff();
  }

  unplugAfter(octets: number, direction: Direction): void {
    this.line.afterOctets(direction, octets, () => this.unplug());
  }

  /** On the same port again; the modem starts anew. */
  async replug(): Promise<void> {
    await this.listen();
    this.modem.reset();
  }

  async close(): Promise<void> {
    this.line.unplug();
    const server = this.server;
    this.disappear();
    if (server?.listening === true) await once(server, 'close');
  }

  private accept(socket: Socket): void {
    // The second is turned away, as by ser2net.
    if (this.socket !== undefined) {
      socket.destroy();
      return;
    }
    this.socket = socket;
    if (this.resetOnOpen) this.modem.reset();
    socket.on('data', (octets) => {
      // A host that writes faster than the line has to wait, as at any serial port.
      socket.pause();
      this.line.hostWrites(Uint8Array.from(octets), () => socket.resume());
    });
    // Whatever ends it is told by `close` as well.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.socket === socket) this.socket = undefined;
    });
  }

  private toHost(octets: Uint8Array): void {
    const socket = this.socket;
    if (socket?.writable === true && socket.writableLength < UNREAD_BYTES_MAX) socket.write(octets);
  }

  private disappear(): void {
    this.socket?.destroy();
    this.socket = undefined;
    this.server?.close();
    this.server = undefined;
  }
}
