/** What is special about UDP, with real sockets on this machine; what every link promises: test/contract/links. */
import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UdpLink, UdpOptions } from '../../../src/links/udp.js';
import { Cleanup } from '../../support/cleanup.js';
import { Report } from '../../support/links/report.js';
import { GROUP, HERE, socketOn as udpSocket, udpLink } from '../../support/links/udp.js';
import { freeUdpPort } from '../../support/ports.js';
import { PATIENCE_MS, until } from '../../support/wait.js';

/** TEST-NET-3: no machine has it. */
const NOWHERE = '203.0.113.7';

const cleanup = new Cleanup();
afterEach(async () => {
  await cleanup.run();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function started(
  options: Partial<UdpOptions>,
): Promise<{ link: UdpLink; report: Report; port: number }> {
  const report = new Report();
  const link = udpLink(options);
  await link.start(report);
  cleanup.add(link, (one) => one.stop());
  return { link, report, port: link.port };
}

const socketOn = (host: string): Promise<Socket> => udpSocket(cleanup, host);

/** What has come in, as text. */
const texts = ({ heard }: Report): string[] =>
  heard.map(({ data }) => Buffer.from(data).toString());

/** An IPv6 address on which multicast works, with its interface; Linux has none on loopback. */
const ipv6 = Object.entries(networkInterfaces())
  .flatMap(([name, addresses = []]) => addresses.map((address) => ({ name, ...address })))
  .find(({ family, internal, scopeid }) => family === 'IPv6' && !internal && scopeid === 0);

describe('a link with a multicast group', () => {
  /** Sends to the group and to the listener; each datagram must arrive once. */
  async function hearsBoth(
    options: Partial<UdpOptions> & { multicast: NonNullable<UdpOptions['multicast']> },
    unicastTo: string,
  ): Promise<void> {
    const { report, port } = await started(options);
    const { group, port: groupPort, interface: at } = options.multicast;
    expect(report.said).toEqual([]);
    const device = await socketOn(unicastTo);
    device.setMulticastInterface(at ?? unicastTo);
    for (let i = 0; i < 5; i++) {
      device.send('search', groupPort, group);
      device.send('direct', port, unicastTo);
    }
    await until(() => report.heard.length >= 10, PATIENCE_MS, 'ten datagrams');
    expect(texts(report).filter((text) => text === 'search')).toHaveLength(5);
    expect(texts(report).filter((text) => text === 'direct')).toHaveLength(5);
    expect(new Set(report.heard.map(({ address }) => address)).size).toBe(1);
  }

  it.each([
    ['a specific address, same port', HERE, true],
    ['a specific address, another port', HERE, false],
    ['all addresses, same port', '0.0.0.0', true],
    ['all addresses, another port', '0.0.0.0', false],
  ])('on %s hears the group and its own datagrams', async (_, host, samePort) => {
    const port = await freeUdpPort();
    const multicast = { group: GROUP, port, interface: HERE };
    await hearsBoth({ host, port: samePort ? port : 0, multicast }, HERE);
  });

  it('on a specific address joins the group there, unless told otherwise', async () => {
    const port = await freeUdpPort();
    await hearsBoth({ port, multicast: { group: GROUP, port } }, HERE);
  });

  it.for([
    ['a specific address, same port', true, true],
    ['a specific address, another port', true, false],
    ['all addresses, same port', false, true],
    ['all addresses, another port', false, false],
  ] as const)('on IPv6 and %s hears both', async ([, specific, samePort], context) => {
    if (ipv6 === undefined) return context.skip('this machine has no network with IPv6');
    const port = await freeUdpPort();
    const host = specific ? ipv6.address : '::';
    for (const group of ['ff05::77:1', 'ff02::77:1']) {
      const multicast = { group, port, interface: `::%${ipv6.name}` };
      await hearsBoth({ host, port: samePort ? port : 0, multicast }, ipv6.address);
      await cleanup.run();
    }
  });

  it('shares it with another link', async () => {
    const port = await freeUdpPort();
    const multicast = { group: GROUP, port, interface: HERE };
    const links = [await started({ multicast }), await started({ multicast })];
    const device = await socketOn(HERE);
    device.setMulticastInterface(HERE);
    device.send('search', port, GROUP);
    for (const { report } of links) {
      await until(() => report.heard.length > 0, PATIENCE_MS, 'the datagram');
    }
  });

  it('takes no datagram that is meant for another address of its port', async () => {
    const port = await freeUdpPort();
    const { report } = await started({
      port,
      multicast: { group: GROUP, port, interface: HERE },
    });
    const other = createSocket('udp4');
    cleanup.add(other, (one) => one.close());
    other.bind(port, '127.0.0.2');
    await once(other, 'listening');
    const device = await socketOn(HERE);
    const arrived = once(other, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    device.send('for the other', port, '127.0.0.2');
    await arrived;
    expect(report.heard).toEqual([]);
  });

  it('answers from the address it listens on', async () => {
    const groupPort = await freeUdpPort();
    const { link, report, port } = await started({
      multicast: { group: GROUP, port: groupPort, interface: HERE },
    });
    const device = await socketOn(HERE);
    device.setMulticastInterface(HERE);
    device.send('search', groupPort, GROUP);
    await until(() => report.heard.length > 0, PATIENCE_MS, 'the search');
    const answer = once(device, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    link.send(report.heard[0]?.address ?? '', Buffer.from('here'));
    expect(await answer).toMatchObject([Buffer.from('here'), { address: HERE, port }]);
  });
});

describe('a multicast group that cannot be joined', () => {
  const unreachable = async () => ({
    group: GROUP,
    port: await freeUdpPort(),
    interface: NOWHERE,
  });

  it('does not keep the link from serving its address', async () => {
    const { report, port } = await started({ multicast: await unreachable() });
    expect(report.said).toEqual([
      { code: 'LINK_MULTICAST_FAILED', message: expect.stringContaining('interface') as string },
    ]);
    const device = await socketOn(HERE);
    device.send('direct', port, HERE);
    await until(() => report.heard.length > 0, PATIENCE_MS, 'the datagram');
  });

  it('is joined when the network is there, and that is told once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const join = vi.spyOn(Socket.prototype, 'addMembership');
    for (let i = 0; i < 3; i++) {
      join.mockImplementationOnce(() => {
        throw Object.assign(new Error('addMembership ENODEV'), { code: 'ENODEV' });
      });
    }
    const port = await freeUdpPort();
    const { report } = await started({ multicast: { group: GROUP, port, interface: HERE } });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(join).toHaveBeenCalledTimes(4);
    expect(report.said.map(({ code }) => code)).toEqual([
      'LINK_MULTICAST_FAILED',
      'LINK_MULTICAST_JOINED',
    ]);
    vi.useRealTimers();
    const device = await socketOn(HERE);
    device.setMulticastInterface(HERE);
    device.send('search', port, GROUP);
    await until(() => report.heard.length > 0, PATIENCE_MS, 'the datagram');
  });

  it('is forgotten when the link stops', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { link } = await started({ multicast: await unreachable() });
    expect(vi.getTimerCount()).toBe(1);
    await link.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('because another program holds the port is told so', async () => {
    const taken = await socketOn('0.0.0.0');
    const { report } = await started({
      multicast: { group: GROUP, port: taken.address().port, interface: HERE },
    });
    expect(report.said).toEqual([
      {
        code: 'LINK_MULTICAST_FAILED',
        message: expect.stringContaining('another program') as string,
      },
    ]);
  });
});

describe('a datagram with source port 0', () => {
  it('is dropped with a warning, once in a while', async () => {
    const bind = vi.spyOn(Socket.prototype, 'bind');
    const { report } = await started({});
    const [socket] = bind.mock.contexts as [Socket];
    for (let i = 0; i < 3; i++) {
      // No ordinary socket can send such a datagram.
      socket.emit('message', Buffer.from('x'), { address: HERE, port: 0, family: 'IPv4', size: 1 });
    }
    expect(report.heard).toEqual([]);
    expect(report.said).toEqual([
      { code: 'LINK_SOURCE_PORT_ZERO', message: expect.stringContaining(`of ${HERE}`) as string },
    ]);
  });
});

it('an error of the socket is told with the name of the link', async () => {
  const bind = vi.spyOn(Socket.prototype, 'bind');
  const { report } = await started({});
  const [socket] = bind.mock.contexts as [Socket];
  socket.emit('error', new Error('recvmsg ENOMEM'));
  expect(report.said).toEqual([
    { code: 'LINK_SOCKET_ERROR', message: 'link "lan": recvmsg ENOMEM' },
  ]);
});

describe('an address that cannot be listened on', () => {
  it('is an error that says what to do', async () => {
    const taken = await socketOn(HERE);
    const { port } = taken.address();
    await expect(started({ port })).rejects.toThrow(
      `link "lan": ${HERE}:${port} is in use by another program`,
    );
    await expect(started({ host: NOWHERE })).rejects.toThrow('this machine has no address');
  });
});
