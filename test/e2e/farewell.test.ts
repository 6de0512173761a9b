/** The built gateway ends, and tells the devices of its radios. */
import { expect, it, type TestContext } from 'vitest';
import { FIELD_KINDS } from '../support/radio/kinds.js';
import { RadioSite } from '../support/radio/radio-site.js';
import { need } from '../support/requirements.js';
import { PATIENCE_MS, until } from '../support/wait.js';

/** T_retry of a device that gives up soon; still longer than an answer takes. */
const IMPATIENT_MS = 500;
const DEVICES = ['a', 'b', 'c', 'd', 'e'];
/** Some of them are told and some not, also where the machine is busy with other things for a second. */
const CROWD = Array.from({ length: 30 }, (_one, at) => `d${at}`);

interface Circumstances {
  bytesPerSecond: number;
  names?: readonly string[];
  /** A duty cycle; devices give up soon then. */
  law?: { duty_cycle: string };
}

async function farewell(
  context: TestContext,
  { bytesPerSecond, names = DEVICES, law }: Circumstances,
) {
  need(context, 'socat');
  const radio = { frequency: '868.1MHz', bytes_per_second: bytesPerSecond, region: 'free', ...law };
  const radios = await RadioSite.start(
    [{ name: 'field', kind: FIELD_KINDS.slip, keys: { radio } }],
    { gateway: { name: 'e2e', shutdown: 'disconnect' } },
  );
  context.onTestFinished(radios.dispose);
  const devices = names.map((id) =>
    radios.field('field').device(id, law ? IMPATIENT_MS : PATIENCE_MS),
  );
  for (const device of devices) await device.connects();
  const { daemon } = radios.site;
  const told = (): number =>
    devices.reduce((sum, { ledger }) => sum + (ledger.thrownOut > 0 ? 1 : 0), 0);
  return { daemon, told, devices };
}

it.concurrent('`shutdown: disconnect`: every device of a slow radio is told, one after the other', async (context) => {
  const { daemon, told } = await farewell(context, { bytesPerSecond: 60 });
  await daemon.stop();
  await until(() => told() === DEVICES.length, PATIENCE_MS, 'DISCONNECT for everybody');
  expect(daemon.count({ code: 'DEVICES_NOT_TOLD' })).toBe(0);
});

it.concurrent('there is no time for all of them: it ends in time, and says how many were not told', async (context) => {
  const { daemon, told } = await farewell(context, { bytesPerSecond: 40, names: CROWD });
  // Fails when it takes too long.
  await daemon.stop();
  const line = daemon.lines.find(({ code }) => code === 'DEVICES_NOT_TOLD');
  const untold = Number(line?.['devices']);
  expect(untold).toBeGreaterThan(0);
  expect(untold).toBeLessThan(CROWD.length);
  // One more may have been on the air.
  expect(told() + untold).toBeGreaterThanOrEqual(CROWD.length);
});

it('the hour is used up: it ends in time, sends nothing more, and says that nobody was told', async (context) => {
  // 3.6 s, of which a journal that begins grants half: plenty for CONNACKs, also repeated ones; DISCONNECT takes 6 ms.
  const { daemon, told, devices } = await farewell(context, {
    bytesPerSecond: 1000,
    law: { duty_cycle: '0.1%' },
  });
  const [talker] = devices;
  const isHeard = (): Promise<boolean> | undefined =>
    talker?.publishes('up/talker', 'more', 1).then(
      () => true,
      () => false,
    );
  await until(async () => (await isHeard()) === false, PATIENCE_MS, 'silence');
  // Fails when it takes too long.
  await daemon.stop();
  const line = daemon.lines.find(({ code }) => code === 'DEVICES_NOT_TOLD');
  // A DISCONNECT is shorter than a PUBACK: some may still fit.
  expect(Number(line?.['devices'])).toBeGreaterThan(0);
  expect(told() + Number(line?.['devices'])).toBe(DEVICES.length);
});
