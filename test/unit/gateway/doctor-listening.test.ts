/** What `doctor` says of a port that cannot be listened on: each cause has its own remedy. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import type { Config } from '../../../src/config/schema.js';
import { examineBrokers } from '../../../src/gateway/doctor/broker.js';
import type { Finding } from '../../../src/gateway/doctor/finding.js';
import { examineLinks } from '../../../src/gateway/doctor/links.js';
import { listenRemedy } from '../../../src/gateway/doctor/listening.js';
import { realOutside } from '../../../src/gateway/outside.js';
import { Cleanup } from '../../support/cleanup.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** Of no machine (RFC 5737). */
const ELSEWHERE = '192.0.2.1';
const RUNS = 'if that is this gateway, which runs already, all is well';

function configOf(): Config {
  const { config } = loadConfig(undefined, {});
  if (config === undefined) throw new Error('the defaults are not in order');
  return config;
}

async function ofLink(host: string, port: number): Promise<Finding | undefined> {
  const [lan] = configOf().links;
  if (lan?.type !== 'udp') throw new Error('the defaults have no UDP link');
  const { multicast: _, ...link } = { ...lan, listen: { host, port } };
  const [found] = await examineLinks([link], realOutside(), undefined);
  return found;
}

async function ofBroker(host: string, port: number): Promise<Finding | undefined> {
  const config = configOf();
  const mqtt = { ...config.mqtt, server: 'embedded' as const, embedded: { host, port } };
  const [found] = await examineBrokers({ ...config, mqtt }, undefined);
  return found;
}

describe('a port that cannot be listened on', () => {
  it('because something has it may be that of this gateway', async () => {
    const udp = cleanup.add(createSocket('udp4'), (one) => one.close());
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const tcp = cleanup.add(createServer(), (one) => one.close());
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const tcpPort = (tcp.address() as AddressInfo).port;
    expect(await ofLink('127.0.0.1', udp.address().port)).toMatchObject({ remedy: RUNS });
    expect(await ofBroker('127.0.0.1', tcpPort)).toMatchObject({ remedy: RUNS });
  });

  it.each([
    ['a link', ofLink, 'link'],
    ['the embedded broker', ofBroker, 'broker'],
  ])(
    'because the machine has no such address, is no sign of a gateway: %s',
    async (_, of, what) => {
      const found = await of(ELSEWHERE, 0);
      expect(found).toMatchObject({
        verdict: 'problem',
        text: expect.stringContaining(what) as string,
        remedy: expect.stringContaining('ip address') as string,
      });
    },
  );

  it.each([
    ['EADDRINUSE', RUNS],
    ['EACCES', /1024.*CAP_NET_BIND_SERVICE/],
    ['EADDRNOTAVAIL', /`ip address` shows/],
    ['ENOTFOUND', /`ip address` shows/],
    ['EAFNOSUPPORT', /IPv6/],
  ])('because of %s has its own remedy', (code, remedy) => {
    const cause = Object.assign(new Error('as the system says'), { code });
    expect(listenRemedy(new Error('for people', { cause }))).toMatch(remedy);
  });

  it('for a reason that nobody has foreseen has none that would be a guess', () => {
    expect(listenRemedy(new Error('for people', { cause: new Error('odd') }))).toBeUndefined();
    expect(listenRemedy(new Error('for people'))).toBeUndefined();
  });
});
