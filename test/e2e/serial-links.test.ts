/** Links with a modem, from the configuration to the broker and back; the modem is behind TCP. */
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { publish } from '../support/device.js';
import { scrape } from '../support/scrape.js';
import { Site, udpLink } from '../support/site.js';
import { TcpModem } from '../support/tcp-modem.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const modemOf = async (): Promise<TcpModem> =>
  cleanup.add(await TcpModem.start(), (one) => one.stop());

const serialLink = (modem: TcpModem, keys: object = {}): object => ({
  name: 'field',
  type: 'serial',
  port: modem.port,
  modem: 'slip',
  ...keys,
});

const siteOf = async (links: object[], sections: Record<string, object> = {}): Promise<Site> =>
  cleanup.add(
    await Site.start({ mode: 'aggregating', version: 5 }, { sections: { links, ...sections } }),
    (one) => one.dispose(),
  );

const connect = (clientId: string) =>
  ({
    type: 'CONNECT',
    clientId,
    cleanSession: false,
    will: false,
    protocolId: 1,
    duration: 60,
  }) as const;

it('a device behind a modem and one in the network speak to each other; the port goes and comes back, and the session stays', async () => {
  const modem = await modemOf();
  const site = await siteOf([udpLink(), serialLink(modem)], { http: { listen: '127.0.0.1:0' } });
  expect(site.daemon.output).toContain(`field slip ${modem.port}`);
  const neighbour = await site.connected('neighbour');
  await neighbour.subscribe('up/#', 1);

  await modem.connected();
  modem.send(connect('node'));
  expect(await modem.expect('CONNACK')).toMatchObject({ returnCode: 0 });
  modem.send({ type: 'REGISTER', topicId: 0, msgId: 1, topicName: 'up/node' });
  const { topicId } = await modem.expect('REGACK');
  modem.send(publish({ topicId, msgId: 2, qos: 1 }, 'before'));
  expect(await modem.expect('PUBACK')).toMatchObject({ msgId: 2, returnCode: 0 });
  await until(() => neighbour.received.includes('up/node before 1'), PATIENCE_MS, 'the message');

  modem.hangUp();
  expect((await site.daemon.logged('LINK_PORT_LOST'))['link']).toBe('field');
  await modem.connected();
  await site.daemon.logged('LINK_READY');
  modem.send(publish({ topicId, msgId: 3, qos: 1 }, 'after'));
  expect(await modem.expect('PUBACK')).toMatchObject({ msgId: 3, returnCode: 0 });
  await until(() => neighbour.received.includes('up/node after 1'), PATIENCE_MS, 'the message');

  // A frame that is none: it is counted with its reason, and the next one is understood.
  modem.sendOctets(Uint8Array.of(0xc0, 0xff, 0xff, 0xc0));
  modem.send({ type: 'PINGREQ' });
  await modem.expect('PINGRESP');
  const metrics = await scrape(site.daemon);
  const value = (sample: string): number | undefined => metrics.get(`mqttsn_gateway_${sample}`);
  expect(value('line_discarded_bytes_total{link="field",reason="bad-length"}')).toBeGreaterThan(0);
  expect(value('air_sent_frames_total{link="field"}')).toBeGreaterThanOrEqual(5);
  expect(value('received_frames_total{link="field"}')).toBe(5);
  await site.stop();
});

it('air time that was used counts after the gateway was killed', async () => {
  const modem = await modemOf();
  // A tenth of an hour; a slow radio, so that there is something to see.
  const radio = { frequency: '869.525MHz', bytes_per_second: 50 };
  const links = [serialLink(modem, { radio })];
  const site = await siteOf(links, { http: { listen: '127.0.0.1:0' } });
  await modem.connected();
  modem.send(connect('node'));
  await modem.expect('CONNACK');
  const used = async (): Promise<number> =>
    (await scrape(site.daemon)).get('mqttsn_gateway_air_time_used_seconds{link="field"}') ?? 0;
  const before = await used();
  expect(before).toBeGreaterThan(0);

  await site.daemon.kill();
  modem.hangUp();
  await site.restart({ links });
  expect(await used()).toBeGreaterThanOrEqual(before);
  await site.stop();
});

it('a port that cannot be opened keeps nobody from being served, and is named with its reason', async () => {
  const modem = await modemOf();
  const link = serialLink(modem);
  await modem.stop();
  const nowhere = {
    name: 'gone',
    type: 'serial',
    port: '/dev/serial/by-id/usb-gone',
    modem: 'raw',
  };
  const site = await siteOf([udpLink(), link, nowhere]);
  const told = (name: string) =>
    until(
      () =>
        site.daemon.lines.find(
          ({ code, link: of }) => code === 'LINK_PORT_UNAVAILABLE' && of === name,
        ),
      PATIENCE_MS,
      `the port of ${name}`,
    );
  expect((await told('field')).msg).toContain('nothing listens there');
  expect((await told('gone')).msg).toContain('/dev/serial/by-id/usb-gone');
  await site.connected('device');
  await site.stop();
});

it('what is allowed and not meant is told at the start', async () => {
  const modem = await modemOf();
  const site = await siteOf([
    serialLink(modem, { radio: { frequency: '868.3MHz', bytes_per_second: 50, power: 20 } }),
  ]);
  const { msg } = await site.daemon.logged('CONFIG_WARNING');
  expect(msg).toContain('links[0].radio: 20 dBm with an antenna of 2.15 dBi is 20 dBm ERP');
  await site.stop();
});
