/**
 * MQTT-SN over UDP, IPv4 and IPv6, with multicast for discovery.
 *
 * One socket listens and sends. It hears the multicast group, too, when it listens on all addresses
 * and on the port of the group. Otherwise a second socket hears the group and nothing else; answers
 * still leave from the first, which is the address that devices then keep.
 */
import { isIPv6 } from 'node:net';
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised';
import { formatAddress, isWildcard, parseAddress, withZoneOf } from './address.js';
import type { Link, LinkEvents, LinkWarning } from './link.js';
import { bindProblem, groupProblem } from './problems.js';
import { Retry } from './retry.js';

export interface UdpOptions {
  name: string;
  host: string;
  port: number;
  multicast?: MulticastOptions;
  /** What to ask the kernel for, in octets: its default holds 256 small datagrams and then drops in silence. */
  receiveBufferBytes: number;
}

interface MulticastOptions {
  group: string;
  port: number;
  /** An address of the interface, for IPv6 with its zone. Absent: that of the listener, if it has one. */
  interface?: string;
}

/** Each warning that traffic causes is given once in this time: an unplugged network gives thousands. */
const WARNING_INTERVAL_MS = 10_000;

export class UdpLink implements Link {
  readonly name: string;
  private socket: SocketAsPromised | undefined;
  private groupSocket: SocketAsPromised | undefined;
  private membership: Retry | undefined;
  private events: LinkEvents | undefined;
  private unanswerable = 0;
  private readonly warnedAt = new Map<LinkWarning, number>();

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
    try {
      this.socket = await this.open(host, port, false);
    } catch (error) {
      throw new Error(
        bindProblem(this.name, formatAddress(host, port), error as NodeJS.ErrnoException),
        { cause: error },
      );
    }
    this.checkReceiveBuffer(this.socket);
    if (multicast !== undefined) await this.startMembership(this.socket, multicast);
  }

  send(address: string | null, data: Uint8Array): void {
    const { socket, options } = this;
    if (socket === undefined) return;
    if (address === null) {
      const { multicast } = options;
      if (multicast) socket.socket.send(data, multicast.port, multicast.group, this.onSent);
      return;
    }
    const peer = parseAddress(address);
    if (peer !== undefined) socket.socket.send(data, peer.port, peer.host, this.onSent);
    // A session of an earlier run remembers where its device was on a link of this name.
    else this.onSent(new Error(`"${address}" is no address of this kind of link`));
  }

  /** The system has what was sent, and nothing waits here. */
  async drain(): Promise<void> {}

  async stop(): Promise<void> {
    await this.membership?.stop();
    const sockets = [this.socket, this.groupSocket];
    this.socket = undefined;
    this.groupSocket = undefined;
    for (const socket of sockets) await socket?.close();
  }

  /** Rejects with the system's error. */
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
    try {
      await socket.bind(port, host);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    // The wrapper forgets errors between calls and Node throws those nobody listens to.
    socket.socket.on('error', ({ message }) =>
      this.warn('LINK_SOCKET_ERROR', `link "${this.name}": ${message}`),
    );
    socket.socket.on('message', (data, { address, port: from }) => {
      if (from === 0) this.refuseUnanswerable(address);
      else this.events?.datagram(formatAddress(address, from), data);
    });
    return socket;
  }

  /** The network may come up after the gateway: what cannot be joined now is tried again. */
  private async startMembership(
    listener: SocketAsPromised,
    multicast: MulticastOptions,
  ): Promise<void> {
    const address = formatAddress(multicast.group, multicast.port);
    this.membership = new Retry(() => this.join(listener, multicast), {
      failed: (error) =>
        this.events?.warning('LINK_MULTICAST_FAILED', groupProblem(this.name, address, error)),
      recovered: () =>
        this.events?.info(
          'LINK_MULTICAST_JOINED',
          `link "${this.name}" has joined the multicast group ${address}: devices can search for the gateway`,
        ),
    });
    await this.membership.start();
  }

  private async join(listener: SocketAsPromised, multicast: MulticastOptions): Promise<void> {
    const { host } = this.options;
    const shared = isWildcard(host) && multicast.port === this.port;
    const at = multicast.interface ?? (isWildcard(host) ? undefined : host);
    if (!shared) this.groupSocket ??= await this.openGroup(multicast, at);
    // May be repeated, unlike the join, so it goes first.
    if (at !== undefined) listener.setMulticastInterface(at);
    (this.groupSocket ?? listener).addMembership(multicast.group, at);
  }

  /** A socket bound to the group's own address gets nothing that is meant for the listener. */
  private async openGroup(
    { group, port }: MulticastOptions,
    at: string | undefined,
  ): Promise<SocketAsPromised> {
    try {
      return await this.open(withZoneOf(group, at), port, true);
    } catch (error) {
      // Windows refuses such an address, Linux a link-local IPv6 group without an interface. All
      // addresses will do, except on the listener's port, where they could rob it.
      if (port === this.port) throw error;
      return await this.open(isIPv6(group) ? '::' : '0.0.0.0', port, true);
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

  /** RFC 768 allows a source port of 0, but no datagram can be sent to it. */
  private refuseUnanswerable(host: string): void {
    this.unanswerable++;
    this.warn(
      'LINK_SOURCE_PORT_ZERO',
      `link "${this.name}" dropped a datagram of ${host}: its source port is 0, so nobody can be answered (${this.unanswerable} since the start)`,
    );
  }

  private readonly onSent = (error: Error | null): void => {
    if (error) this.warn('LINK_SEND_FAILED', `link "${this.name}" cannot send: ${error.message}`);
  };

  private warn(code: LinkWarning, message: string): void {
    const now = performance.now();
    if (now - (this.warnedAt.get(code) ?? Number.NEGATIVE_INFINITY) < WARNING_INTERVAL_MS) return;
    this.warnedAt.set(code, now);
    this.events?.warning(code, message);
  }
}
