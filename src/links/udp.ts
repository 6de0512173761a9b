/**
 * MQTT-SN over UDP, IPv4 and IPv6, with multicast for discovery.
 *
 * One socket listens and sends. When the multicast group has another port than the listener, a
 * second socket hears the group; answers still leave from the first, which is the address that
 * devices then keep.
 */
import { isIPv6 } from 'node:net';
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised';
import { formatAddress, parseAddress } from './address.js';
import type { Link, LinkEvents } from './link.js';

export interface UdpOptions {
  name: string;
  host: string;
  port: number;
  multicast?: { group: string; port: number; interface?: string };
  /** What to ask the kernel for, in octets: its default holds 256 small datagrams and then drops in silence. */
  receiveBufferBytes: number;
}

/** Repeated send errors are reported once in this time per link: an unplugged network gives thousands. */
const WARNING_INTERVAL_MS = 10_000;

export class UdpLink implements Link {
  readonly name: string;
  private socket: SocketAsPromised | undefined;
  private groupSocket: SocketAsPromised | undefined;
  private events: LinkEvents | undefined;
  private warnedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: UdpOptions) {
    this.name = options.name;
  }

  get description(): string {
    const { host, multicast } = this.options;
    const group = multicast ? ` multicast ${formatAddress(multicast.group, multicast.port)}` : '';
    return `${this.name} udp ${formatAddress(host, this.port)}${group}`;
  }

  /** The port in use: the configured one, or what the system chose for 0. */
  get port(): number {
    return this.socket?.address().port ?? this.options.port;
  }

  async start(events: LinkEvents): Promise<void> {
    this.events = events;
    const { host, port, multicast } = this.options;
    this.socket = await this.open(host, port, false);
    this.checkReceiveBuffer(this.socket);
    if (multicast === undefined) return;
    const shared = multicast.port === this.port;
    if (!shared) {
      this.groupSocket = await this.open(isIPv6(host) ? '::' : '0.0.0.0', multicast.port, true);
    }
    this.join(this.groupSocket ?? this.socket, multicast);
  }

  send(address: string | null, data: Uint8Array): void {
    const { socket, options } = this;
    if (socket === undefined) return;
    if (address === null) {
      const { multicast } = options;
      if (multicast) socket.socket.send(data, multicast.port, multicast.group, this.onSent);
      return;
    }
    const { host, port } = parseAddress(address);
    socket.socket.send(data, port, host, this.onSent);
  }

  async stop(): Promise<void> {
    const sockets = [this.socket, this.groupSocket];
    this.socket = undefined;
    this.groupSocket = undefined;
    await Promise.all(sockets.map((socket) => socket?.close()));
  }

  private async open(host: string, port: number, reuseAddr: boolean): Promise<SocketAsPromised> {
    const family = isIPv6(host) ? 6 : 4;
    const socket = DgramAsPromised.createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Only for the group, which several programs may hear: on the listener a second gateway would
      // take over our datagrams without a word.
      reuseAddr,
      recvBufferSize: this.options.receiveBufferBytes,
      // Addresses are numeric here: asking the resolver would only cost a tick per datagram.
      lookup: (address, _options, callback) => callback(null, address, family),
    });
    // The wrapper forgets errors between calls and Node throws those nobody listens to.
    socket.socket.on('error', (error) => this.warn('LINK_SOCKET_ERROR', error.message));
    try {
      await socket.bind(port, host);
    } catch (error) {
      socket.destroy();
      throw new Error(
        bindProblem(this.name, formatAddress(host, port), error as NodeJS.ErrnoException),
      );
    }
    socket.socket.on('message', (data, { address, port: from }) => {
      this.events?.datagram(formatAddress(address, from), data);
    });
    return socket;
  }

  private join(socket: SocketAsPromised, multicast: NonNullable<UdpOptions['multicast']>): void {
    const { group, port } = multicast;
    try {
      socket.addMembership(group, multicast.interface);
      if (multicast.interface !== undefined)
        this.socket?.setMulticastInterface(multicast.interface);
    } catch (error) {
      const { message } = error as Error;
      this.warn(
        'LINK_SOCKET_ERROR',
        `link "${this.name}" cannot join the multicast group ${formatAddress(group, port)} (${message}); devices cannot search for the gateway until the network is up and the gateway is started again`,
      );
    }
  }

  /** The kernel clamps silently and reports the double of what it gives (man 7 socket). */
  private checkReceiveBuffer(socket: SocketAsPromised): void {
    const wanted = this.options.receiveBufferBytes;
    const granted = socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1);
    if (granted >= wanted) return;
    this.events?.warning(
      'LINK_RECEIVE_BUFFER_SMALL',
      `link "${this.name}" got a receive buffer of ${granted} octets instead of ${wanted}: bursts of datagrams may be lost. Allow it with: sysctl -w net.core.rmem_max=${wanted} (deploy/99-mqttsn-gateway.conf makes it permanent)`,
    );
  }

  private readonly onSent = (error: Error | null): void => {
    if (error) this.warn('LINK_SEND_FAILED', `link "${this.name}" cannot send: ${error.message}`);
  };

  private warn(code: 'LINK_SEND_FAILED' | 'LINK_SOCKET_ERROR', message: string): void {
    const now = performance.now();
    if (now - this.warnedAt < WARNING_INTERVAL_MS) return;
    this.warnedAt = now;
    this.events?.warning(code, message);
  }
}

function bindProblem(
  name: string,
  address: string,
  { code, message }: NodeJS.ErrnoException,
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `link "${name}": ${address} is in use by another program; stop it or choose another port (links[].listen)`;
    case 'EACCES':
      return `link "${name}": no permission to listen on ${address}; ports below 1024 need more rights, choose a higher one`;
    case 'EADDRNOTAVAIL':
      return `link "${name}": this machine has no address ${address}; 0.0.0.0 or [::] listens on all`;
    default:
      return `link "${name}": cannot listen on ${address}: ${message}`;
  }
}
