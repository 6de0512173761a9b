/** Where the gateway wants a token. */
import { expect, it } from 'vitest';
import { stage } from '../../support/dashboard/stage.js';
import { rowOf } from '../../support/dashboard/world.js';

const { open, pretended } = stage();

it('the token is asked for, a wrong one refused, and the right one opens what was asked for', async (context) => {
  const gateway = await pretended('secret');
  gateway.add(rowOf({ client: 'node-1' }));
  const watched = await open(context, `${gateway.url}#/devices/node-1`);
  watched.expectError('401');
  const { page } = watched;
  const token = page.getByLabel('Token');
  await token.fill('guess');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('this is not the token').waitFor();
  await token.fill('secret');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'node-1' }).waitFor();
  // Nothing of the token stays where scripts or addresses could tell it.
  expect(
    await page.evaluate('[document.cookie, localStorage.length, location.href].join()'),
  ).not.toContain('secret');
  await page.reload();
  await page.getByRole('heading', { name: 'node-1' }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await token.waitFor();
});

it('who is logged out meanwhile is asked again', async (context) => {
  const gateway = await pretended('secret');
  const watched = await open(context, gateway.url);
  watched.expectError('401');
  const { page } = watched;
  await page.getByLabel('Token').fill('secret');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'Devices' }).click();
  await page.getByLabel('Token').waitFor();
});
