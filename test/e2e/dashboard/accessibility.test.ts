/** The page is for everybody: what axe-core can tell of it without a person. */
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { DESK, PHONE } from '../../support/dashboard/browser.js';
import { stage } from '../../support/dashboard/stage.js';
import {
  bufferedOf,
  entryOf,
  frameOf,
  linkOf,
  overviewOf,
  payloadOf,
  rowOf,
} from '../../support/dashboard/world.js';

const { open, pretended } = stage();

/** What is wrong, in words. */
async function faults(page: Page): Promise<string[]> {
  // Half a megabyte, which stays while only the view changes.
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

async function busyGateway() {
  const gateway = await pretended();
  const now = Date.now();
  gateway.overview = overviewOf({
    links: [
      linkOf({ state: 'down', trouble: { code: 'MODEM_SILENT', message: 'no answer', atMs: now } }),
      linkOf({ name: 'lan', type: 'udp', modem: null, airTime: null }),
    ],
    store: { state: 'failing', sinceMs: now, detail: 'no space' },
  });
  const states = ['ACTIVE', 'ASLEEP', 'AWAKE', 'CONNECTING', 'DISCONNECTED', 'LOST'] as const;
  for (const state of states) gateway.add(rowOf({ client: state, state, dueAtMs: now - 60_000 }));
  gateway.add(rowOf({ client: 'node-1', paused: 'no-answer' }), {
    subscriptions: [{ filter: 'lamps/#', qos: 1, topicIdType: 'normal', isAcknowledged: false }],
    topicIds: [{ id: 7, topic: 't', kind: 'registered', isConfirmed: false, isRefused: true }],
    messages: [
      { atMs: now, direction: 'up', topic: 't', qos: 1, isRetained: true, payload: payloadOf('1') },
    ],
    notices: [entryOf()],
    signals: [
      { atMs: now - 1000, rssiDbm: -104, snrDb: 1, lqi: null },
      { atMs: now, rssiDbm: -97, snrDb: 4.5, lqi: null },
    ],
  });
  gateway.buffers.set('node-1', [bufferedOf(1, 'lamps/1', 'on')]);
  gateway.frames = [frameOf(1, { verdict: 'dropped, wrong-state: it makes no sense' })];
  gateway.log = (['debug', 'info', 'warn', 'error'] as const).map((level) => entryOf({ level }));
  gateway.predefined = [{ id: 1, topic: 't', clients: null, constant: 'T' }];
  gateway.config = { mqtt: { server: 'embedded' } };
  return gateway;
}

it.for([
  ['light', DESK],
  ['dark', DESK],
  ['light', PHONE],
] as const)(
  'every view can be seen, heard and reached: %s, %o',
  async ([colorScheme, viewport], context) => {
    const gateway = await busyGateway();
    const watched = await open(context, gateway.url, { colorScheme, viewport });
    watched.expectError('404');
    const { page } = watched;
    for (const view of [
      'overview',
      'devices',
      'devices/node-1',
      'devices/nobody',
      'topics',
      'log',
      'configuration',
    ]) {
      await page.goto(`${gateway.url}#/${view}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (view === 'devices/node-1') {
        await page.locator('canvas').waitFor();
        await page.locator('summary').first().click();
      }
      if (view === 'devices/nobody') await page.getByText('No device has connected').waitFor();
      expect(await faults(page), view).toEqual([]);
    }
  },
);

it('so can a question and the log-in', async (context) => {
  const gateway = await busyGateway();
  const { page } = await open(context, `${gateway.url}#/devices/node-1`);
  await page.getByRole('button', { name: 'Forget' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await faults(page)).toEqual([]);

  const guarded = await pretended('secret');
  const login = await open(context, guarded.url);
  await login.page.getByRole('textbox', { name: 'Token' }).waitFor();
  expect(await faults(login.page)).toEqual([]);
});

it('a judge that sees nothing would find nothing: it finds what is wrong', async (context) => {
  const gateway = await pretended();
  const { page } = await open(context, gateway.url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.evaluate("document.querySelector('main').append(document.createElement('button'))");
  expect((await faults(page)).join()).toContain('button-name');
});
