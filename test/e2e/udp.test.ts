/** The UDP link of the built gateway: address families, discovery, limits. */
import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { decode } from '../../src/codec/index.js';
import { Cleanup } from '../support/cleanup.js';
import { Device, publish } from '../support/device.js';
import { freeUdpPort } from '../support/ports.js';
import { Site, udpLink } from '../support/site.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const GROUP = '225.1.1.1';
const HERE = '127.0.0.1';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const siteOf = async (...links: object[]): Promise<Site> =>
  cleanup.add(
    await Site.start({ mode: 'aggregating', version: 5 }, { sections: { links } }),
    (one) => one.dispose(),
  );

/** A member of the group on the loopback interface; without multicast there the test is skipped. */
async function groupMember(context: TestContext, port: number): Promise<Socket> {
  const socket = cleanup.add(createSocket({ type: 'udp4', reuseAddr: true }), (one) => one.close());
  socket.bind(port, GROUP);
  await once(socket, 'listening');
  try {
    socket.addMembership(GROUP, HERE);
    socket.setMulticastInterface(HERE);
  } catch (error) {
    context.skip(`no multicast on the loopback interface: ${(error as Error).message}`);
  }
  return socket;
}

/** Whether this machine has that address. */
async function isBound(address: string): Promise<boolean> {
  const probe = createSocket('udp6');
  const bound = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false)).bind(0, address, () => resolve(true));
  });
  probe.close();
  return bound;
}

describe('a gateway with links of every kind', () => {
  const granted = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'));
  let site: Site;
  let hasIpv6 = false;
  beforeAll(async () => {
    hasIpv6 = await isBound('::1');
    const six = hasIpv6 ? [udpLink({ name: 'six', listen: '[::1]:0' })] : [];
    const links = [udpLink(), udpLink({ name: 'wide', receive_buffer: granted * 2 }), ...six];
    site = await Site.start(
      { mode: 'aggregating', version: 5 },
      { sections: { links, limits: { datagrams_per_second_per_device: 20 } } },
    );
  });
  afterEach(() => site.sweep());
  afterAll(() => site.stop());

  it('serves devices on IPv6', async (context) => {
    if (!hasIpv6) context.skip('this machine has no IPv6');
    const witness = await site.witness('up/a');
    const device = cleanup.add(await Device.at(site.daemon.port('six'), { host: '::1' }), (one) =>
      one.close(),
    );
    expect(await device.connect()).toBe(0);
    const id = await device.register('up/a');
    expect(await device.publish(id, 'six', 1)).toBe(0);
    await witness.saw('up/a six 1');
  });

  it('names a receive buffer that the system does not grant, with its remedy', async () => {
    const line = await site.daemon.logged('LINK_RECEIVE_BUFFER_SMALL');
    expect(line['link']).toBe('wide');
    expect(line.msg).toContain(`sysctl -w net.core.rmem_max=${granted * 2}`);
  });

  it('hears a device that sends too much up to the limit, and its neighbour all the time', async () => {
    const witness = await site.witness('up/#');
    const [loud, quiet] = await Promise.all([site.connected('loud'), site.connected('quiet')]);
    const id = await quiet.register('up/quiet');
    const loudId = await loud.register('up/loud');
    for (let i = 0; i < 100; i++) loud.send(publish({ topicId: loudId, qos: 0 }, `${i}`));
    await site.daemon.logged('DROP_RATE_LIMITED');
    expect(await quiet.publish(id, 'still here', 1)).toBe(0);
    await witness.saw('up/quiet still here 1');
    const louds = witness.seen.filter((line) => line.startsWith('up/loud'));
    // The hundred may fall into two seconds.
    expect(louds.length).toBeLessThanOrEqual(40);
    expect(site.daemon.lines.find(({ code }) => code === 'DROP_RATE_LIMITED')).toMatchObject({
      client: 'loud',
    });
  });
});

describe('discovery', () => {
  it.for([
    ['on a port of its own', '127.0.0.1', false],
    ['on the port of a listener with one address', '127.0.0.1', true],
    ['on the port of a listener with all addresses', '0.0.0.0', true],
  ] as const)(
    '%s: a group is told of the gateway, and a search there is answered directly',
    async ([, host, same], context) => {
      const port = await freeUdpPort();
      // It would be in the way of a listener with all addresses.
      const member = host === HERE ? await groupMember(context, port) : undefined;
      const heard: string[] = [];
      member?.on('message', (data) => heard.push(decode(data).type));
      const site = await siteOf(
        udpLink({
          listen: `${host}:${same ? port : 0}`,
          multicast: { group: GROUP, port, interface: HERE },
        }),
      );
      if (member) await until(() => heard.includes('ADVERTISE'), PATIENCE_MS, 'ADVERTISE');
      const device = cleanup.add(createSocket('udp4'), (one) => one.close());
      device.bind(0, HERE);
      await once(device, 'listening');
      device.setMulticastInterface(HERE);
      const answer = once(device, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
      device.send(Uint8Array.of(3, 1, 0), port, GROUP);
      const [data, from] = (await answer) as [Uint8Array, { port: number }];
      expect(decode(data)).toEqual({ type: 'GWINFO', gwId: 1 });
      expect(from.port).toBe(site.daemon.port());
      await site.stop();
    },
  );

  it('the `search` command finds the gateway by the group', async (context) => {
    const port = await freeUdpPort();
    await groupMember(context, port);
    const site = await siteOf(udpLink({ multicast: { group: GROUP, port, interface: HERE } }));
    const search = spawn(process.execPath, [
      'dist/main.js',
      'search',
      '-h',
      GROUP,
      '-p',
      `${port}`,
    ]);
    cleanup.add(search, (one) => one.kill('SIGKILL'));
    const [line] = (await once(search.stdout, 'data')) as [Buffer];
    expect(line.toString()).toContain(`gateway 1 at ${HERE}:${site.daemon.port()}\n`);
    await site.stop();
  });
});
