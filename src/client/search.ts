/** Looks for gateways: SEARCHGW to a group or a host, and who answers (SN 1.2, 6.1). */
import type { RemoteInfo } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised';
import { decode, encode } from '../codec/index.js';
import { ClientError } from './errors.js';
import { addressText, type GatewayAddress } from './udp.js';

export interface SearchOptions {
  target: GatewayAddress;
  /** Hops; 0 for the whole network. */
  radius: number;
  waitMs: number;
  /** Ends the search early. */
  signal: AbortSignal;
}

export interface FoundGateway {
  gwId: number;
  address: string;
  port: number;
  /** Set when a client answered for a gateway: the gateway's address as it is known in that network. */
  gwAdd?: Uint8Array;
}

/** The first repeat of an unanswered search; each later pause is twice as long (SN 1.2, 6.1). */
const FIRST_REPEAT_MS = 1000;

/** Reports every gateway once, as it answers. Resolves after `waitMs` with how many there were. */
export async function searchGateways(
  options: SearchOptions,
  found: (gateway: FoundGateway) => void,
): Promise<number> {
  const { target, radius, waitMs, signal } = options;
  const seen = new Set<string>();
  const take = (datagram: Uint8Array, from: RemoteInfo): void => {
    const gateway = gatewayIn(datagram, from);
    if (gateway === undefined) return;
    const key = `${gateway.gwId} ${addressText(gateway)}`;
    if (seen.has(key)) return;
    seen.add(key);
    found(gateway);
  };
  const asker = open(target, take);
  const listener = isMulticast(target) ? await listen(target, take) : undefined;
  try {
    await asker.bind();
    asker.setBroadcast(true);
    const request = encode({ type: 'SEARCHGW', radius });
    const endAt = performance.now() + waitMs;
    for (let pauseMs = FIRST_REPEAT_MS; ; pauseMs *= 2) {
      if (seen.size === 0) await ask(asker, request, target);
      const leftMs = endAt - performance.now();
      if (leftMs <= 0 || signal.aborted) return seen.size;
      await delay(Math.min(pauseMs, leftMs), undefined, { signal }).catch(() => {});
    }
  } finally {
    await asker.close();
    await listener?.close();
  }
}

/** GWINFO is the answer; a gateway that advertises itself in the meantime is as good. */
function gatewayIn(datagram: Uint8Array, from: RemoteInfo): FoundGateway | undefined {
  const message = decode(datagram);
  if (message.type !== 'GWINFO' && message.type !== 'ADVERTISE') return undefined;
  const { address, port } = from;
  const gateway = { gwId: message.gwId, address, port };
  if (message.type === 'ADVERTISE' || message.gwAdd === undefined) return gateway;
  return { ...gateway, gwAdd: message.gwAdd };
}

function open(
  target: GatewayAddress,
  take: (datagram: Uint8Array, from: RemoteInfo) => void,
): SocketAsPromised {
  const type = target.family === 6 ? 'udp6' : 'udp4';
  const socket = DgramAsPromised.createSocket({ type, reuseAddr: true }, take);
  // Without a listener an ICMP error would end the process; silence is what a search reports anyway.
  socket.socket.on('error', () => {});
  return socket;
}

/**
 * Some gateways send GWINFO to the group. Bound to the group's address and not to the port alone, so
 * that nothing is taken away from a gateway on this machine; where the system cannot, direct
 * answers have to do.
 */
async function listen(
  target: GatewayAddress,
  take: (datagram: Uint8Array, from: RemoteInfo) => void,
): Promise<SocketAsPromised | undefined> {
  const socket = open(target, take);
  try {
    await socket.bind(target.port, target.address);
    socket.addMembership(target.address);
    return socket;
  } catch {
    await socket.close();
    return undefined;
  }
}

/** Asks on every interface; it is enough that one of them works. */
async function ask(
  socket: SocketAsPromised,
  request: Uint8Array,
  target: GatewayAddress,
): Promise<void> {
  let failure: Error | undefined;
  let sent = 0;
  for (const source of isMulticast(target) ? interfaceAddresses() : [undefined]) {
    try {
      if (source !== undefined) socket.setMulticastInterface(source);
      await socket.send(request, target.port, target.address);
      sent++;
    } catch (error) {
      failure = error as Error;
    }
  }
  if (sent > 0) return;
  const why = failure?.message ?? 'there is no network interface';
  throw new ClientError(`cannot send SEARCHGW to ${addressText(target)}: ${why}`);
}

/** Only IPv4 groups are asked interface by interface; others go where the system's routes lead. */
function interfaceAddresses(): (string | undefined)[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address }) => address);
  return addresses.length > 0 ? addresses : [undefined];
}

function isMulticast({ address }: GatewayAddress): boolean {
  const first = Number.parseInt(address, 10);
  return isIPv4(address) && first >= 224 && first <= 239;
}
