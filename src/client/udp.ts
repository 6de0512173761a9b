/** One UDP socket that talks to one gateway. */
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised';
import { ClientError } from './errors.js';

export interface GatewayAddress {
  address: string;
  port: number;
  family: 4 | 6;
}

/** `127.0.0.1:1883`, `[::1]:1883`. */
export function addressText({ address, port }: { address: string; port: number }): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Resolves a host name. IPv4 wins where a name has both: most gateways listen there only, and UDP
 * gives no sign by which one could try the other. Throws ClientError.
 */
export async function resolveGateway(host: string, port: number): Promise<GatewayAddress> {
  try {
    const [found] = await lookup(host, { all: true, order: 'ipv4first' });
    if (found === undefined) throw new Error('no address');
    return { address: found.address, port, family: found.family === 6 ? 6 : 4 };
  } catch (error) {
    throw new ClientError(
      `cannot find the host "${host}" (${(error as Error).message}); check -h and the name service`,
    );
  }
}

export interface UdpListener {
  received(datagram: Uint8Array): void;
  /** The network reported that the gateway cannot be reached. The socket stays usable. */
  unreachable(error: ClientError): void;
}

export class UdpChannel {
  private readonly socket: SocketAsPromised;
  private closed = false;

  constructor(
    private readonly gateway: GatewayAddress,
    private readonly listener: UdpListener,
  ) {
    this.socket = DgramAsPromised.createSocket(gateway.family === 6 ? 'udp6' : 'udp4');
  }

  /** Connected, so that the kernel keeps strangers out and hands ICMP errors to us. */
  async open(): Promise<void> {
    const { socket } = this.socket;
    socket.on('message', (datagram) => this.listener.received(datagram));
    socket.on('error', (error) => this.fail(error));
    await this.socket.bind();
    await new Promise<void>((resolve, reject) => {
      socket.connect(this.gateway.port, this.gateway.address, (error?: Error) => {
        if (error) reject(this.explain(error));
        else resolve();
      });
    });
  }

  /** Resolves when the system took the datagram; a refusal goes to the listener. */
  send(datagram: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.closed) return resolve();
      this.socket.socket.send(datagram, (error) => {
        if (error) this.fail(error);
        resolve();
      });
    });
  }

  /** One round of the event loop: an ICMP error of this machine is there by then. */
  async settle(): Promise<void> {
    await setImmediate();
    await setImmediate();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.socket.close();
  }

  private fail(error: Error): void {
    if (!this.closed) this.listener.unreachable(this.explain(error));
  }

  private explain(error: NodeJS.ErrnoException): ClientError {
    const where = addressText(this.gateway);
    switch (error.code) {
      case 'ECONNREFUSED':
        return new ClientError(
          `nothing listens on UDP ${where} (connection refused); is the gateway running and is ` +
            `the port right? ${PORTS_HINT}`,
        );
      case 'ENETUNREACH':
      case 'EHOSTUNREACH':
        return new ClientError(`no route to ${where}; check -h and this machine's network`);
      case 'EMSGSIZE':
        return new ClientError(
          `the message is too long for one UDP datagram to ${where}; send a shorter one`,
        );
      default:
        return new ClientError(`UDP to ${where} failed: ${error.message}`);
    }
  }
}

export const PORTS_HINT = 'MQTT-SN gateways listen on 1883, 1884, 1885, 10000 or 2442';
