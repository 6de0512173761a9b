/** Messages of the outbox that are under way when the connection of their device is given up. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dueWillMs } from '../../../src/upstream/due-will.js';
import { WILL_TIMEOUT_MS } from '../../../src/upstream/limits.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { KEEPALIVE_SEC, will } from './harness.js';
import { type Life, Lives } from './lives.js';
import { Patience } from './patience.js';

let lives: Lives;

beforeEach(async () => {
  lives = await Lives.prepare({ mode: 'transparent', version: 5 }, 'up/#', 'wills/#');
});

afterEach(() => lives.dispose());

/** The broker has the message, and its answers are on their way for ever. Returns the token. */
async function underWay(life: Life, isHeld: boolean): Promise<number> {
  life.hold('pubrec');
  const token = life.core.sendOnce('d', 'up/x', 'x', 'ref', isHeld);
  await life.held('pubrec');
  return token;
}

/** The device is not there any more. */
async function gone(): Promise<void> {
  await until(() => !lives.cable.isConnected('d'), PATIENCE_MS, 'the end of the connection');
  lives.cable.holds = () => false;
}

/** The device leaves a message that is under way. Returns the token. */
async function leftBehind(life: Life, isHeld: boolean): Promise<number> {
  const { core } = life;
  await core.open('d', false);
  const token = await underWay(life, isHeld);
  core.close('d', 'discard');
  await gone();
  return token;
}

/** The device is back, and the outbox asks once more: the broker has had the message once. */
async function comesToItsEnd({ core }: Life): Promise<void> {
  await core.open('d', false);
  const last = core.sendOnce('d', 'up/x', 'x', 'ref', true);
  expect(await core.published(last)).not.toHaveProperty('failure');
  await lives.witness.publish('up/end', 'x', 1);
  await lives.witness.saw('up/end x 1');
  expect(lives.witness.count('up/x x 2')).toBe(1);
}

describe('a message of the outbox', () => {
  it('is told to be unavailable, and comes to its end on a connection that is opened for it', async () => {
    const life = await lives.begin();
    const { core } = life;
    const token = await leftBehind(life, true);
    expect(await core.published(token)).toMatchObject({ failure: 'unavailable' });
    const again = core.sendOnce('d', 'up/x', 'x', 'ref', true);
    expect(await core.published(again)).toMatchObject({ failure: 'unavailable' });
    await comesToItsEnd(life);
  });

  it('that it has taken over while it was under way is told to be unavailable when the connection is given up', async () => {
    const life = await lives.begin();
    const { core } = life;
    const token = await leftBehind(life, false);
    expect(core.answers('published', token)).toEqual([]);
    core.upstream.request({ op: 'hold', client: 'd', ref: 'ref' });
    expect(await core.published(token)).toMatchObject({ failure: 'unavailable' });
    await comesToItsEnd(life);
  });

  it('after a restart likewise, when its device is not there', async () => {
    const before = await lives.begin();
    await before.core.open('d', false);
    await underWay(before, true);
    before.journal.commit();
    const after = await lives.begin({ journal: await before.crash() });
    const token = after.core.adopt('d', 'ref', true);
    expect(await after.core.published(token)).toMatchObject({ failure: 'unavailable' });
    await comesToItsEnd(after);
  });

  it('waits while the broker waits with the will, which another connection would cost, and no longer', async () => {
    const willDue = new Patience(WILL_TIMEOUT_MS, dueWillMs(KEEPALIVE_SEC));
    const life = await lives.begin({ time: willDue });
    const { core } = life;
    await core.open('d', false, will('wills/d'));
    const token = await underWay(life, true);
    life.hold('puback');
    core.close('d', 'fire');
    await life.held('puback');
    willDue.end(WILL_TIMEOUT_MS);
    await gone();
    await core.open('other', false);
    expect(core.answers('published', token)).toEqual([]);
    expect(await core.sendCourier('d')).toMatchObject({ failure: 'unavailable' });
    willDue.end(dueWillMs(KEEPALIVE_SEC));
    expect(await core.published(token)).toMatchObject({ failure: 'unavailable' });
    expect(await core.sendCourier('d')).not.toHaveProperty('failure');
  });
});

/** The session of the device ends; a connection that has the broker forget it follows. */
async function forgotten(life: Life): Promise<void> {
  life.core.close('d', 'discard', true);
  await life.sent('connect', 3);
  await gone();
  // Requests are handled in order: when this one is answered, that is over.
  await life.core.open('other', true);
}

/** Of two messages of the outbox the first comes to its end while the second is repeated, and its courier is not there before both have. */
async function untoldEnd(life: Life): Promise<void> {
  const { core } = life;
  await core.open('d', false);
  life.hold('pubrec');
  const tokens = ['1', '2'].map((text) => core.sendOnce('d', 'up/x', text, `ref${text}`, true));
  await life.held('pubrec');
  life.journal.commit();
  core.close('d', 'discard');
  for (const token of tokens)
    expect(await core.published(token)).toMatchObject({ failure: 'unavailable' });
  await gone();
  let ends = 0;
  lives.cable.holds = (client, { cmd }) => client === 'd' && cmd === 'pubcomp' && ++ends > 1;
  void core.sendCourier('d').catch(() => undefined);
  const isSecondHeld = (): boolean => {
    life.journal.commit();
    return ends > 1;
  };
  await until(isSecondHeld, PATIENCE_MS, 'the end of the second message');
  life.journal.commit();
  expect(life.journal.kept('ud')).toHaveLength(1);
}

it('a message that its device still waits for is left to it', async () => {
  const life = await lives.begin();
  const { core } = life;
  const token = await leftBehind(life, false);
  await core.open('other', false);
  expect(core.answers('published', token)).toEqual([]);
});

describe('an end that the outbox has not heard of yet', () => {
  it('is no secret to the next run', async () => {
    const life = await lives.begin();
    await untoldEnd(life);
    const after = await lives.begin({ journal: await life.crash() });
    const adopted = after.core.adopt('d', 'ref1', true);
    expect(await after.core.published(adopted)).not.toHaveProperty('failure');
  });

  it('is told also when the session of its device is over', async () => {
    const life = await lives.begin();
    await untoldEnd(life);
    await forgotten(life);
    const again = life.core.sendOnce('d', 'up/x', '1', 'ref1', true);
    expect(await life.core.published(again)).not.toHaveProperty('failure');
  });

  it('costs the next session of its device no will', async () => {
    const life = await lives.begin();
    await untoldEnd(life);
    await forgotten(life);
    await life.core.open('d', false, will('wills/d'));
    life.core.close('d', 'fire');
    await lives.witness.saw('wills/d gone 1');
  });

  it('is forgotten with the message, when that has become too old', async () => {
    const life = await lives.begin();
    await untoldEnd(life);
    const { core, journal } = life;
    core.upstream.request({ op: 'give-up', client: 'd', ref: 'ref1' });
    core.upstream.request({ op: 'give-up', client: 'd', ref: 'ref2' });
    lives.cable.holds = () => false;
    lives.cable.releaseAll();
    core.close('d', 'discard');
    await gone();
    expect(await core.open('d', false)).not.toHaveProperty('failure');
    journal.commit();
    expect(['ud', 'uo', 'up'].flatMap((kind) => journal.kept(kind))).toEqual([]);
  });
});
