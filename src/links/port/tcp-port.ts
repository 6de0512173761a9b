/** Octets over TCP: ser2net, esp-link, network adapters of Zigbee and LoRa modems, and simulations. */
import { connect, type Socket } from 'node:net';
import { type OpenPort, PortError, type PortEvents, type PortSource } from './port.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** Idle connections are probed after this time, so that a peer that lost its power is noticed. */
const KEEP_ALIVE_MS = 10_000;

export class TcpPortSource implements PortSource {
  readonly name: string;

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {
    this.name = `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  open(events: PortEvents, signal?: AbortSignal): Promise<OpenPort> {
    return new Promise((resolve, reject) => {
      const { host, port } = this;
      const socket = connect({
        host,
        port,
        noDelay: true,
        timeout: CONNECT_TIMEOUT_MS,
        ...(signal && { signal }),
      });
      const fail = (error: NodeJS.ErrnoException): void => {
        socket.destroy();
        reject(new PortError(`cannot connect to ${this.name}: ${reasonOf(error)}`));
      };
      socket.once('error', fail);
      socket.once('timeout', () => fail(timeoutError()));
      socket.once('connect', () => {
        socket.off('error', fail).removeAllListeners('timeout');
        socket.setTimeout(0);
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        resolve(new TcpPort(socket, events));
      });
    });
  }

  /** Nothing tells when a host is there again. */
  watch(): () => void {
    return () => {};
  }
}

class TcpPort implements OpenPort {
  private why = 'the other side has closed the connection';

  constructor(
    private readonly socket: Socket,
    private readonly events: PortEvents,
  ) {
    socket.on('data', (octets) => events.received(octets));
    socket.on('error', (error) => {
      this.why = error.message;
    });
    socket.once('close', this.onClose);
  }

  get pendingBytes(): number {
    return this.socket.writableLength;
  }

  write(octets: Uint8Array): void {
    if (this.socket.writable) this.socket.write(octets);
  }

  async close(): Promise<void> {
    const { socket } = this;
    socket.off('close', this.onClose);
    if (socket.closed) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.destroy();
    });
  }

  private readonly onClose = (): void => this.events.closed(this.why);
}

const timeoutError = (): NodeJS.ErrnoException =>
  Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there; is the device server running, and is the port right?';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name is not known; an IP address does not depend on the name server';
    case 'ETIMEDOUT':
      return 'no answer; is the device on, and in this network?';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'there is no way to it; is the network up?';
    default:
      return message;
  }
}
