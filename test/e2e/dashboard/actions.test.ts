/** What an operator does on the page. */
import { expect, it } from 'vitest';
import { untilInPage } from '../../support/dashboard/browser.js';
import { stage } from '../../support/dashboard/stage.js';
import { bufferedOf, rowOf } from '../../support/dashboard/world.js';

const { open, pretended } = stage();

it.for(['Disconnect', 'Forget'])(
  '%s asks first, and does it when that is confirmed',
  async (name, context) => {
    const gateway = await pretended();
    gateway.add(rowOf({ client: 'node 1' }));
    const { page } = await open(context, `${gateway.url}#/devices/node%201`);
    await page.getByRole('button', { name }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(gateway.done).toEqual([]);
    await page.getByRole('button', { name }).click();
    await dialog.getByRole('button', { name }).click();
    await page
      .getByRole('status')
      .getByText(/^It was/)
      .waitFor();
    expect(gateway.done).toEqual([`POST /api/devices/node 1/${name.toLowerCase()}`]);
  },
);

it.for([true, false])(
  'a device that nobody knows can be approved where it would not be let in: everybody is, %j',
  async (admitsStrangers, context) => {
    const gateway = await pretended();
    gateway.overview.gateway.admitsStrangers = admitsStrangers;
    const watched = await open(context, `${gateway.url}#/devices/node-9`);
    watched.expectError('404');
    const { page } = watched;
    await page.getByText('No device has connected').waitFor();
    await page.getByText('ready', { exact: true }).waitFor();
    const buttons = page.getByRole('button', { name: 'Approve' });
    await expect.poll(() => buttons.count()).toBe(admitsStrangers ? 0 : 1);
  },
);

it('a device that was not let in can be approved', async (context) => {
  const gateway = await pretended();
  gateway.add(
    rowOf({ client: 'node-1', state: 'REFUSED', isApprovable: true, why: null, dueAtMs: null }),
  );
  const { page } = await open(context, `${gateway.url}#/devices/node-1`);
  await page.getByText('It was not let in').waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await page.getByText('It was approved').waitFor();
  expect(gateway.done).toEqual(['POST /api/devices/node-1/approve']);
});

it('one message is removed from the sleep buffer, and then all', async (context) => {
  const gateway = await pretended();
  gateway.add(rowOf({ client: 'node-1', state: 'ASLEEP' }));
  gateway.buffers.set('node-1', [bufferedOf(4, 'lamps/1', 'on'), bufferedOf(5, 'lamps/2', 'off')]);
  const { page } = await open(context, `${gateway.url}#/devices/node-1`);
  await page.getByRole('button', { name: 'Remove the message on lamps/1' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('The message was removed.').waitFor();
  await page.getByRole('button', { name: 'Clear the sleep buffer' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Clear' }).click();
  await page.getByText('The sleep buffer was cleared.').waitFor();
  expect(gateway.done).toEqual([
    'DELETE /api/devices/node-1/buffer/4',
    'DELETE /api/devices/node-1/buffer',
  ]);
});

it('what the gateway does not do is said where it was asked for', async (context) => {
  const gateway = await pretended();
  gateway.add(rowOf({ client: 'node-1' }));
  const watched = await open(context, `${gateway.url}#/devices/node-1`);
  watched.expectError('404');
  gateway.refusal = 'unknown-device';
  const { page } = watched;
  await page.getByRole('button', { name: 'Forget' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
  await page.getByRole('dialog').getByRole('alert').getByText('no such device').waitFor();
});

it('all of that can be done without a mouse', async (context) => {
  const gateway = await pretended();
  for (const client of ['node-1', 'node-2', 'node-3']) gateway.add(rowOf({ client }));
  const { page } = await open(context, `${gateway.url}#/devices`);
  await page.getByRole('link', { name: 'node-1' }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'node-2' }).waitFor();
  // The name is there before what the gateway tells of it: a key pressed now would miss the button.
  await page.getByRole('button', { name: 'Disconnect' }).waitFor();
  // The focus goes to what is new, so the next key reaches it.
  await untilInPage(page, "document.activeElement?.id === 'main'");
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('It was disconnected.').waitFor();
  expect(gateway.done).toEqual(['POST /api/devices/node-2/disconnect']);
});
