/** Each view of the page, as it is shown. */
import { expect, it } from 'vitest';
import { PHONE } from '../../support/dashboard/browser.js';
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
const MINUTE_MS = 60_000;

it('the overview has every link with its air time, the broker, the journal and the devices', async (context) => {
  const gateway = await pretended();
  gateway.overview = overviewOf({
    links: [linkOf(), linkOf({ name: 'attic', state: 'down', airTime: null })],
  });
  const { page } = await open(context, gateway.url);
  const field = page.locator('[data-link=field]');
  await field.getByText('Air time: 9.4 of 36 s in the latest hour').waitFor();
  expect(await field.getByRole('meter').getAttribute('value')).toBe('9.4');
  expect(await field.getByText('-97 dBm, SNR 4.5 dB').count()).toBe(1);
  await page.locator('[data-link=attic]').getByText('nothing can come in or go out').waitFor();
  expect(await page.getByText('mqtt://broker.local').count()).toBe(1);
  expect(await page.getByText('1 asleep').count()).toBe(1);
  expect(await page.title()).toBe('Overview · attic-pi');
});

it('the list has those first who need somebody, and finds by text and by kind', async (context) => {
  const gateway = await pretended();
  const now = Date.now();
  gateway.add(rowOf({ client: 'a-well' }));
  gateway.add(rowOf({ client: 'b-late', state: 'ASLEEP', dueAtMs: now - 10 * MINUTE_MS }));
  gateway.add(rowOf({ client: 'c-lost', state: 'LOST', why: 'sleep time over', dueAtMs: null }));
  const { page } = await open(context, `${gateway.url}#/devices`);
  const names = page.locator('tbody th a');
  await names.first().waitFor();
  await expect.poll(() => names.allTextContents()).toEqual(['c-lost', 'b-late', 'a-well']);
  await page.getByRole('row', { name: 'b-late' }).getByText('late by 10 min').waitFor();
  await page.getByRole('button', { name: 'Device' }).click();
  await expect.poll(() => names.allTextContents()).toEqual(['a-well', 'b-late', 'c-lost']);
  await page.getByRole('radio', { name: 'Late' }).check();
  await expect.poll(() => names.allTextContents()).toEqual(['b-late']);
  await page.getByRole('radio', { name: 'All' }).check();
  await page.getByRole('searchbox').fill('LOST');
  await expect.poll(() => names.allTextContents()).toEqual(['c-lost']);
  await page.getByText('1 device of 3').waitFor();
  // Whoever comes back finds it as it was.
  await names.first().click();
  await page.getByRole('heading', { name: 'c-lost' }).waitFor();
  await page.getByRole('link', { name: 'All devices' }).click();
  await page.getByText('1 device of 3').waitFor();
  // A number of the overview leads to those that it has counted.
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('link', { name: '0 lost' }).click();
  await expect.poll(() => names.allTextContents()).toEqual(['c-lost']);
  expect(await page.getByRole('radio', { name: 'Lost' }).isChecked()).toBe(true);
  await page.getByRole('radio', { name: 'All' }).check();
  await expect.poll(() => names.count()).toBe(3);
  expect(await page.getByRole('radio', { name: 'Lost' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('link', { name: '1 asleep' }).click();
  await expect.poll(() => names.allTextContents()).toEqual(['b-late']);
  expect(await page.getByRole('radio', { name: 'Asleep' }).count()).toBe(1);
  // By the browser's way back, too, it is as it was left.
  await page.getByRole('radio', { name: 'Not connected' }).check();
  await page.getByRole('link', { name: 'c-lost' }).click();
  await page.getByRole('heading', { name: 'c-lost' }).waitFor();
  await page.goBack();
  await expect.poll(() => names.allTextContents()).toEqual(['c-lost']);
  expect(await page.getByRole('radio', { name: 'Not connected' }).isChecked()).toBe(true);
});

it('names from the field look like what they are, and turn nothing around them', async (context) => {
  const gateway = await pretended();
  gateway.add(rowOf({ client: 'node\u202e17', warning: null, why: 'like \u202e71' }), {
    notices: [entryOf({ client: 'node\u202e17', message: 'node\u202e17 is odd' })],
  });
  gateway.add(rowOf({ client: '', state: 'REFUSED', why: 'the client id is empty' }));
  gateway.add(rowOf({ client: '..' }));
  const { page } = await open(context, `${gateway.url}#/devices`);
  const heads = page.locator('tbody th');
  await heads.first().waitFor();
  await expect
    .poll(() => heads.allTextContents())
    .toEqual(expect.arrayContaining(['(empty)', '..', 'node\\u{202e}17']));
  expect(await page.getByRole('link', { name: '(empty)' }).count()).toBe(0);
  await page.getByRole('link', { name: '..', exact: true }).click();
  await page.getByRole('heading', { name: '..', exact: true }).waitFor();
  await page.getByText('Nothing is the matter with it.').waitFor();
  await page.getByRole('link', { name: 'All devices' }).click();
  await page.getByRole('link', { name: 'node\\u{202e}17' }).click();
  await page.getByText('node\\u{202e}17 is odd').waitFor();
  expect(await page.locator('body').textContent()).not.toContain('\u202e');
});

it('a device has its topics, subscriptions, messages, buffer, signal and frames field by field', async (context) => {
  const gateway = await pretended();
  const now = Date.now();
  gateway.add(rowOf({ client: 'node/17 ü' }), {
    topicIds: [
      { id: 7, topic: 'sensors/17', kind: 'registered', isConfirmed: true, isRefused: false },
    ],
    subscriptions: [{ filter: 'lamps/#', qos: 1, topicIdType: 'normal', isAcknowledged: true }],
    messages: [
      {
        atMs: now,
        direction: 'up',
        topic: 'sensors/17',
        qos: 1,
        isRetained: false,
        payload: payloadOf('21.5'),
      },
    ],
    signals: [
      { atMs: now - 2 * MINUTE_MS, rssiDbm: -104, snrDb: 1, lqi: null },
      { atMs: now, rssiDbm: -97, snrDb: 4.5, lqi: null },
    ],
  });
  gateway.buffers.set('node/17 ü', [bufferedOf(1, 'lamps/1', 'on')]);
  gateway.frames = [frameOf(1)];
  const { page } = await open(context, `${gateway.url}#/devices`);
  await page.getByRole('link', { name: 'node/17 ü' }).click();
  await page.getByRole('heading', { name: 'node/17 ü' }).waitFor();
  const section = (name: string) => page.getByRole('region', { name, exact: true });
  await section('Topic ids').getByRole('row', { name: '7 sensors/17 registered' }).waitFor();
  await section('Subscriptions').getByRole('row', { name: 'lamps/# 1 normal' }).waitFor();
  await section('Last messages').getByText('21.5').waitFor();
  await section('Sleep buffer').getByRole('row', { name: 'lamps/1 on' }).waitFor();
  await section('Signal').getByText('RSSI -97 dBm (-104 to -97)').waitFor();
  await section('Signal').locator('canvas').waitFor();
  await section('Frames').getByText('PINGREQ', { exact: true }).first().click();
  await section('Frames').getByRole('row', { name: '1 16 MsgType PINGREQ' }).waitFor();
});

it('topics can be taken along as a C header', async (context) => {
  const gateway = await pretended();
  gateway.predefined = [
    { id: 1, topic: 'sensors/${clientId}/t', clients: ['node-*'], constant: 'TOPIC_SENSORS_T' },
  ];
  const { page } = await open(context, `${gateway.url}#/topics`);
  await page.getByRole('row', { name: '1 sensors/${clientId}/t node-* TOPIC_SENSORS_T' }).waitFor();
  const link = page.getByRole('link', { name: 'C header' });
  expect(await link.getAttribute('href')).toBe('api/topics/export?format=c-header');
});

it('what devices have registered is listed with the topics, page by page, and can be searched', async (context) => {
  const gateway = await pretended();
  for (let i = 1; i <= 250; i++) {
    const topic = { id: i, topic: `sensors/${i}`, isConfirmed: i !== 7, isRefused: false };
    gateway.add(rowOf({ client: `node-${i}` }), { topicIds: [{ ...topic, kind: 'registered' }] });
  }
  const { page } = await open(context, `${gateway.url}#/topics`);
  await page.getByText('1 to 100 of 250').waitFor();
  await page.getByRole('row', { name: 'node-7 7 sensors/7 registered of an earlier' }).waitFor();
  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByText('201 to 250 of 250').waitFor();
  expect(await page.getByRole('button', { name: 'Later' }).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Earlier' }).click();
  await page.getByText('101 to 200 of 250').waitFor();
  const search = page.getByRole('searchbox', { name: 'Search by topic or client id' });
  await search.fill('sensors/23');
  await search.press('Enter');
  await page.getByText('1 to 11 of 11').waitFor();
  await page.getByRole('link', { name: 'node-230' }).click();
  await page.getByRole('heading', { name: 'node-230' }).waitFor();
});

it('what one is typing stays while lines come', async (context) => {
  const gateway = await pretended();
  gateway.log = [entryOf({ message: 'the first' })];
  const { page } = await open(context, `${gateway.url}#/log`);
  await page.getByText('the first').waitFor();
  const device = page.getByRole('searchbox', { name: 'Device' });
  await device.pressSequentially('node-');
  const entry = entryOf({ message: 'meanwhile' });
  gateway.log.push(entry);
  await gateway.tell('notice', entry);
  await page.getByText('meanwhile').waitFor();
  expect(await device.inputValue()).toBe('node-');
});

it('the log goes on as lines come, by level, device, link and code', async (context) => {
  const gateway = await pretended();
  gateway.log = [
    entryOf({ message: 'the first' }),
    entryOf({ level: 'debug', message: 'a detail' }),
    entryOf({ client: 'node-2', message: 'of another' }),
    entryOf({ client: 'node-2', link: 'lan', code: 'SESSION_ROAMED', message: 'elsewhere' }),
  ];
  gateway.overview = overviewOf({ links: [linkOf(), linkOf({ name: 'lan', type: 'udp' })] });
  const { page } = await open(context, `${gateway.url}#/log`);
  const lines = page.locator('main li p');
  await lines.first().waitFor();
  expect(await lines.allTextContents()).toEqual(['elsewhere', 'of another', 'the first']);
  const entry = entryOf({ message: 'the latest', level: 'warn' });
  gateway.log.push(entry);
  await gateway.tell('notice', entry);
  await page.getByText('the latest').waitFor();
  await page.getByRole('combobox', { name: 'From level' }).selectOption('debug');
  await page.getByText('a detail').waitFor();
  await page.getByRole('searchbox', { name: 'Device' }).fill('node-2');
  await page.keyboard.press('Enter');
  await page.getByText('the latest').waitFor({ state: 'detached' });
  // For a moment there are none: the gateway is asked.
  await lines.first().waitFor();
  expect(await lines.allTextContents()).toEqual(['elsewhere', 'of another']);
  await page.getByRole('combobox', { name: 'Link' }).selectOption('field');
  await expect.poll(() => lines.allTextContents()).toEqual(['of another']);
  await page.getByRole('combobox', { name: 'Link' }).selectOption('all');
  await page.getByRole('searchbox', { name: 'Code' }).fill('session_roamed');
  await page.keyboard.press('Enter');
  await expect.poll(() => lines.allTextContents()).toEqual(['elsewhere']);
});

it('the configuration is read as it is written', async (context) => {
  const gateway = await pretended();
  gateway.config = { mqtt: { server: ['mqtt://a', 'mqtt://b'], user: 'gw', password: '***' } };
  const { page } = await open(context, `${gateway.url}#/configuration`);
  const text = await page.getByRole('region', { name: 'mqtt' }).locator('pre').textContent();
  expect(text).toBe('server:\n  - "mqtt://a"\n  - "mqtt://b"\nuser: gw\npassword: "***"');
});

it('nothing on a phone is wider than the phone, and the views are in reach of a thumb', async (context) => {
  const gateway = await pretended();
  gateway.add(
    rowOf({ client: `a-client-id-as-long-as-any-${'x'.repeat(40)}`, why: 'y'.repeat(90) }),
  );
  gateway.frames = [frameOf(1, { hex: '00'.repeat(256), summary: 'z'.repeat(300) })];
  gateway.log = [entryOf({ message: 'm'.repeat(300) })];
  const { page } = await open(context, gateway.url, { viewport: PHONE, hasTouch: true });
  const client = encodeURIComponent([...gateway.rows.keys()][0] ?? '');
  for (const view of [
    'overview',
    'devices',
    `devices/${client}`,
    'topics',
    'log',
    'configuration',
  ]) {
    await page.goto(`${gateway.url}#/${view}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    if (view.startsWith('devices/')) await page.getByText('PINGREQ').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBe(PHONE.width);
  }
  const box = await page.getByRole('navigation', { name: 'Views' }).boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBe(PHONE.height);
  expect(box?.height).toBeGreaterThanOrEqual(44);
});

it.for(['light', 'dark'] as const)(
  'the page is %s where the system is',
  async (colorScheme, context) => {
    const gateway = await pretended();
    const { page } = await open(context, gateway.url, { colorScheme });
    await page.getByRole('heading', { level: 1 }).waitFor();
    const ground = await page.evaluate(
      'getComputedStyle(document.documentElement).backgroundColor',
    );
    const [red = 0] = /\d+/.exec(String(ground)) ?? [];
    expect(Number(red) > 128).toBe(colorScheme === 'light');
  },
);
