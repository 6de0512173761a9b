/** Thousands of devices: as quick as twenty, because only those in sight are there. */
import { expect, it } from 'vitest';
import { PHONE, untilInPage } from '../../support/dashboard/browser.js';
import { stage } from '../../support/dashboard/stage.js';
import { rowOf } from '../../support/dashboard/world.js';

const { open, pretended } = stage();
const DEVICES = 5000;
/** Twice what a high screen shows. */
const ROWS_MAX = 100;
/** What a request to the gateway may have, cookie and all (src/http/limits.ts). */
const HEAD_MAX = 8192;

/** More than the rows that are there at first. */
const STEPS = 40;

/** The device in the middle of the screen. */
const IN_THE_MIDDLE =
  "document.elementFromPoint(innerWidth / 4, innerHeight / 2)?.closest('tr[aria-rowindex]')";

const nameOf = (number: number): string =>
  `sensor-with-a-long-name-${String(number).padStart(4, '0')}`;

async function manyDevices(count = DEVICES) {
  const gateway = await pretended();
  for (let number = 0; number < count; number++) gateway.add(rowOf({ client: nameOf(number) }));
  return gateway;
}

it.for([undefined, PHONE])(
  'five thousand are all there, and few of them at a time (%o)',
  async (viewport, context) => {
    const gateway = await manyDevices();
    const { page } = await open(context, `${gateway.url}#/devices`, viewport && { viewport });
    await page.getByText(`${DEVICES} devices`).waitFor();
    const rows = page.locator('tbody tr:has(th)');
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(DEVICES + 1));
    for (const share of [0.2, 0.5, 0.9, 1]) {
      await page.evaluate(`scrollTo(0, document.documentElement.scrollHeight * ${share})`);
      // Wherever one scrolls to, there are devices and no gap.
      await untilInPage(page, IN_THE_MIDDLE);
      expect(await rows.count()).toBeLessThan(ROWS_MAX);
    }
    // The end is the end: the last device stands above the lower edge.
    await page.getByRole('link', { name: nameOf(DEVICES - 1) }).waitFor();
    await page.getByRole('searchbox').fill(nameOf(1234));
    await page.getByText(`1 device of ${DEVICES}`).waitFor();
    await page.getByRole('row', { name: nameOf(1234) }).waitFor();
  },
);

it('the arrow keys reach devices that were not there', async (context) => {
  const gateway = await manyDevices();
  const { page } = await open(context, `${gateway.url}#/devices`);
  await page.getByRole('link', { name: nameOf(0) }).focus();
  for (let step = 0; step < STEPS; step++) {
    await page.keyboard.press('ArrowDown');
    await untilInPage(page, `document.activeElement?.textContent === '${nameOf(step + 1)}'`);
  }
});

it('a thousand changes at once come in questions that the gateway takes', async (context) => {
  const gateway = await manyDevices();
  const { page } = await open(context, `${gateway.url}#/devices`);
  await page.getByText(`${DEVICES} devices`).waitFor();
  const changed = Array.from({ length: 1000 }, (_, index) => nameOf(index * 5));
  for (const client of changed) gateway.add(rowOf({ client, state: 'LOST', dueAtMs: null }));
  gateway.asked.length = 0;
  await gateway.tell('devices', { changed, gone: [], isAll: false });
  await page.getByRole('radio', { name: 'Not connected' }).check();
  await page.getByText(`1000 devices of ${DEVICES}`).waitFor();
  expect(Math.max(...gateway.asked.map((url) => url.length))).toBeLessThan(HEAD_MAX / 2);
});

it('of more than the page can sort it says so, and the gateway finds the others', async (context) => {
  const gateway = await manyDevices(20_500);
  const last = nameOf(20_499);
  gateway.add(rowOf({ client: last, state: 'LOST', dueAtMs: null }));
  const { page } = await open(context, `${gateway.url}#/devices`);
  await page.getByText('20000 devices of 20500. Only 20000 are listed here').waitFor();
  const search = page.getByRole('searchbox');
  await search.fill(last);
  await page.getByRole('row', { name: last }).waitFor();
  await page.getByText('1 device', { exact: true }).waitFor();
  await search.fill('nobody');
  await page.getByText('No device has connected with the client id "nobody"').waitFor();
  await search.fill('');
  await page.getByRole('radio', { name: 'Not connected' }).check();
  await page.getByRole('row', { name: last }).waitFor();
  await page.getByRole('radio', { name: 'Late' }).check();
  await page.getByText('None of the 20000 that are listed.').waitFor();
});
