import { createSocket } from 'node:dgram';
import type { Port } from './port.js';

/** A device on the network. */
export class UdpPort implements Port {
  private listener: (message: Uint8Array) => void = () => {};
  private isOn = false;

  private constructor(
    private readonly socket: ReturnType<typeof createSocket>,
    private readonly gateway: { host: string; port: number },
  ) {}

  /** `onProblem` hears what the socket says, such as a host without a name. */
  static open(gateway: { host: string; port: number }, onProblem: (error: Error) => void): UdpPort {
    const socket = createSocket(gateway.host.includes(':') ? 'udp6' : 'udp4');
    const port = new UdpPort(socket, gateway);
    socket.on('error', onProblem);
    socket.on('message', (message) => {
      if (port.isOn) port.listener(Uint8Array.from(message));
    });
    return port;
  }

  /** `to`: `host:port`. */
  send(message: Uint8Array, to?: string): void {
    const { host, port } = to === undefined ? this.gateway : addressOf(to);
    this.socket.send(message, port, host, (error) => {
      if (error !== null) this.socket.emit('error', error);
    });
  }

  onMessage(listener: (message: Uint8Array) => void): void {
    this.listener = listener;
  }

  listen(on: boolean): void {
    this.isOn = on;
  }

  close(): void {
    this.socket.close();
  }
}

function addressOf(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
