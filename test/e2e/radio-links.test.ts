/** The built gateway with several radios, and what goes wrong with them. */
import { join } from 'node:path';
import { afterAll, expect, it, type TestContext } from 'vitest';
import type { FieldDevice } from '../support/radio/field-device.js';
import { FIELD_KINDS } from '../support/radio/kinds.js';
import { type PlannedLink, RadioSite } from '../support/radio/radio-site.js';
import { need } from '../support/requirements.js';
import { scrape } from '../support/scrape.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const SLEEP_SEC = 60;
/** T_retry: what is lost comes again soon, from the gateway and from devices. */
const RETRY_MS = 300;
const RETRY_SOON = { defaults: { retry: { interval: `${RETRY_MS}ms`, count: 10 } } };
/** T_retry of a device that gives up soon. */
const IMPATIENT_MS = 60;

const { hdlc, rui3, slip, xbee } = FIELD_KINDS;

/** Two that work, and three that do not. */
const LINKS: readonly PlannedLink[] = [
  { name: 'farm', kind: rui3 },
  { name: 'barn', kind: xbee, inNetwork: true },
  { name: 'noisy', kind: hdlc },
  { name: 'transparent', kind: { ...xbee, modem: { ...xbee.modem, apiMode: 0 } } },
  {
    name: 'too-fast',
    kind: hdlc,
    keys: { max_message: 64 },
    prepare: ({ modem }) => {
      modem.faults.wrongBaudRate = true;
    },
  },
];

let shared: Promise<RadioSite> | undefined;

afterAll(async () => {
  const radios = await shared;
  await radios?.stop();
});

/** One gateway for the tests that leave its ports alone. */
function sharedRadios(context: TestContext): Promise<RadioSite> {
  need(context, 'socat');
  shared ??= RadioSite.start(LINKS);
  return shared;
}

async function ownRadio(context: TestContext, kind: PlannedLink['kind'], keys = {}) {
  need(context, 'socat');
  const radios = await RadioSite.start([{ name: 'field', kind, keys }], RETRY_SOON);
  context.onTestFinished(radios.dispose);
  return { radios, site: radios.site, field: radios.field('field') };
}

/** Sum of a link's samples, whatever their other labels say. */
async function metric({ site }: RadioSite, name: string, link: string): Promise<number> {
  const samples = [...(await scrape(site.daemon))];
  return samples
    .filter(([sample]) => sample.startsWith(`mqttsn_gateway_${name}{link="${link}"`))
    .reduce((sum, [, value]) => sum + value, 0);
}

it('two radios, one of them behind TCP, and the network: each device hears the others', async (context) => {
  const radios = await sharedRadios(context);
  const pump = radios.field('farm').device('pump', RETRY_MS);
  const feeder = radios.field('barn').device('feeder', RETRY_MS);
  const desk = await radios.site.connected('desk');
  const speaker = await radios.site.connected('speaker');
  await Promise.all([pump, feeder].map((device) => device.connects()));
  await Promise.all([pump, feeder].map((device) => device.subscribes('all/#', 1)));
  await desk.subscribe('all/#', 1);

  await pump.publishes('all/pump', 'on', 1);
  await feeder.publishes('all/feeder', 'full', 1);
  await speaker.publish(await speaker.register('all/speaker'), 'hello', 1);
  const said = ['all/feeder full 1', 'all/pump on 1', 'all/speaker hello 1'];
  await Promise.all([pump, feeder, desk].map((device) => device.got(...said)));
  for (const { received } of [pump, feeder, desk]) {
    expect([...new Set(received)].toSorted()).toEqual(said);
  }
});

it('noise on the line is told and counted octet by octet, and what comes behind it is understood', async (context) => {
  const radios = await sharedRadios(context);
  const field = radios.field('noisy');
  const device = field.device('device', RETRY_MS);
  await device.connects();
  field.modem.makeNoise(100);
  await device.publishes('up/device', 'here', 1);
  expect(radios.warnings('noisy')[0]).toMatch(/^LINK_NOISE link "noisy": \d+ octets made no sense/);
  expect(await metric(radios, 'line_discarded_bytes_total', 'noisy')).toBeGreaterThanOrEqual(100);
});

it('a dongle is pulled out again and again, and comes back under other numbers: sessions and buffers stay, nothing acknowledged is lost', async (context) => {
  const { radios, site, field } = await ownRadio(context, slip);
  const { daemon } = site;
  const losses = (): number => daemon.count({ code: 'LINK_PORT_LOST' });
  const [pump, sensor] = ['pump', 'sensor'].map((id) => field.device(id, RETRY_MS)) as [
    FieldDevice,
    FieldDevice,
  ];
  const witness = await site.witness('up/#');
  for (const device of [pump, sensor]) {
    await device.connects();
    await device.subscribes(`down/${device.id}`, 1);
  }
  await sensor.sleeps(SLEEP_SEC);

  /** Messages for both devices while the dongle is gone, and some of the pump's own around that. */
  const round = async (number: number, pullOut: () => void): Promise<void> => {
    const published = ['a', 'b', 'c'].map((which) =>
      pump.publishes('up/pump', `${which}${number}`, 1),
    );
    pullOut();
    await until(() => losses() === number, PATIENCE_MS, `loss ${number}`);
    for (const id of ['pump', 'sensor']) await witness.publish(`down/${id}`, `${number}`, 1);
    await field.dongle.replug(join(radios.folder, `ttyUSB${number}`));
    await Promise.all(published);
  };
  await round(1, () => field.dongle.unplug());
  await round(2, () => field.dongle.unplugAfter(9, 'to-host'));
  await round(3, () => field.dongle.unplugAfter(5, 'to-modem'));

  const sent = ['1', '2', '3'];
  await pump.got(...sent.map((text) => `down/pump ${text} 1`));
  expect(sensor.received).toEqual([]);
  expect((await sensor.wakes()).at(-1)).toBe('PINGRESP');
  expect([...new Set(sensor.received)]).toEqual(sent.map((text) => `down/sensor ${text} 1`));
  expect(pump.ledger.acknowledgedCount).toBe(9);
  const acknowledged = pump.ledger.sent.map(({ payload }) => Buffer.from(payload).toString());
  await witness.saw(...acknowledged.map((text) => `up/pump ${text} 1`));
  for (const { ledger } of [pump, sensor]) {
    expect(ledger).toMatchObject({ connects: 1, thrownOut: 0, unanswered: 0 });
  }
  expect(losses()).toBe(3);
  expect(daemon.count({ code: 'LINK_READY' })).toBe(3);
  await radios.stop();
});

it('the law grants so much air in this hour: a gateway that is killed and started again keeps to it', async (context) => {
  const dutyCycle = 0.0001;
  const limitMs = dutyCycle * 3_600_000;
  // The journal begins: half of its first hour counts as spent.
  const grantedMs = limitMs / 2;
  const radio = { ...rui3.link.radio, duty_cycle: `${dutyCycle * 100}%` };
  const { radios, site, field } = await ownRadio(context, rui3, { radio });
  const device = field.device('device', IMPATIENT_MS);
  const usedMs = async (): Promise<number> =>
    1000 * (await metric(radios, 'air_time_used_seconds', 'field'));
  const isDone = (work: Promise<void>): Promise<boolean> =>
    work.then(
      () => true,
      () => false,
    );
  const publishes = (): Promise<boolean> => isDone(device.publishes('up/device', 'more', 1));
  await until(() => isDone(device.connects()), PATIENCE_MS, 'the modem to be ready');
  const usesUp = async (): Promise<boolean> => {
    await publishes();
    return (await usedMs()) > 0.9 * limitMs;
  };
  await until(usesUp, PATIENCE_MS, 'the allowance to be used up');

  await site.daemon.kill();
  await site.restart({ links: site.config['links'] as object });
  const sentMs = Math.floor(field.transmissions.airTimeMs);
  expect(await usedMs()).toBeGreaterThanOrEqual(limitMs - grantedMs + sentMs);
  await until(async () => !(await publishes()), PATIENCE_MS, 'silence');
  expect(field.transmissions.worstHourMs).toBeLessThanOrEqual(grantedMs);
  await radios.stop();
});

it('a modem in the wrong mode and one at another baud rate are named, and disturb nobody', async (context) => {
  const radios = await sharedRadios(context);
  const told = (link: string, code: string): Promise<string> =>
    until(
      () => radios.warnings(link).find((line) => line.startsWith(code)),
      PATIENCE_MS,
      `${code} of ${link}`,
    );
  // Frames enough, so that something can be said about them.
  const unheard = ['a', 'b', 'c'].map((id) =>
    radios.field('too-fast').device(`unheard-${id}`, IMPATIENT_MS).connects(),
  );
  await Promise.allSettled(unheard);
  expect(await told('too-fast', 'MODEM_WRONG_BAUD_RATE')).toContain(
    'compare the baud rate (115200 here)',
  );
  expect(await told('transparent', 'MODEM_WRONG_MODE')).toContain(
    'this XBee is in transparent mode: set AP to 2',
  );
  expect([...radios.warnings('farm'), ...radios.warnings('barn')]).toEqual([]);
});
