/** UDP links with real sockets on this machine. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { MeteredLink } from '../../../src/gateway/metered-link.js';
import type { Link } from '../../../src/links/link.js';
import { UdpLink, type UdpOptions } from '../../../src/links/udp.js';
import { Counters } from '../../../src/observe/counters.js';
import type { Cleanup } from '../cleanup.js';
import { freeUdpPort } from '../ports.js';
import type { LinkDevice, LinkSite, LinkSubject } from './site.js';

export const HERE = '127.0.0.1';
export const GROUP = '225.1.1.77';
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
/** What IPv4 and UDP leave of 65535. */
const LARGEST_BYTES = 65_507;

export const udpLink = (options: Partial<UdpOptions> = {}): UdpLink =>
  new UdpLink({
    name: 'lan',
    host: HERE,
    port: 0,
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    ...options,
  });

/** A socket on a free port: a device, or another program. */
export async function socketOn(cleanup: Cleanup, host: string, port = 0): Promise<Socket> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', reuseAddr: port !== 0 });
  socket.bind(port, host);
  await once(socket, 'listening');
  return cleanup.add(socket, (one) => one.close());
}

const NONSENSE = [[], [0], [1], [0xff, 0x0c], [1, 0xff, 0xff]];

/** `link` is that or around it. */
function siteOf(cleanup: Cleanup, udp: UdpLink, link: Link, groupPort?: number): LinkSite {
  return {
    link,
    device: async () => {
      const socket = await socketOn(cleanup, HERE);
      const heard: Uint8Array[] = [];
      socket.on('message', (data) => heard.push(data));
      if (groupPort !== undefined) {
        const group = await socketOn(cleanup, GROUP, groupPort);
        group.addMembership(GROUP, HERE);
        group.on('message', (data) => heard.push(data));
      }
      const { port } = udp;
      const device: LinkDevice = { heard, send: (data) => socket.send(data, port, HERE) };
      return device;
    },
    garble: async () => {
      const socket = await socketOn(cleanup, HERE);
      // Nobody hears it once the link is stopped.
      if (udp.port === 0) return;
      for (const octets of NONSENSE) socket.send(Uint8Array.from(octets), udp.port, HERE);
    },
  };
}

const udp = { isPaced: false, largestBytes: LARGEST_BYTES, canBroadcast: false } as const;

export const UDP_SUBJECTS: readonly LinkSubject[] = [
  {
    ...udp,
    name: 'a UDP link',
    build: async (cleanup) => {
      const link = udpLink();
      return siteOf(cleanup, link, link);
    },
  },
  {
    ...udp,
    name: 'a UDP link with a multicast group',
    canBroadcast: true,
    build: async (cleanup) => {
      const port = await freeUdpPort();
      const link = udpLink({ multicast: { group: GROUP, port, interface: HERE } });
      return siteOf(cleanup, link, link, port);
    },
  },
  {
    ...udp,
    name: 'a metered link around UDP',
    build: async (cleanup) => {
      const link = udpLink();
      const metered = new MeteredLink(link, new Counters().trafficOf(link.name), () => 0);
      return siteOf(cleanup, link, metered);
    },
  },
];
