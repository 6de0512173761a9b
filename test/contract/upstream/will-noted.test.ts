/** Wills of transparent devices while the disk does not answer: what no next run would know of stays with the broker. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WILL_TIMEOUT_MS } from '../../../src/upstream/limits.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { brisk, will } from './harness.js';
import { type Life, type LifeOptions, Lives } from './lives.js';
import { Patience } from './patience.js';

let lives: Lives;

afterEach(() => lives.dispose());

/** A life with a device whose will the broker has, and a disk that answers nobody any more. */
const connected = async (cleanSession: boolean, options?: LifeOptions): Promise<Life> => {
  const life = await lives.begin(options);
  await life.core.open('d', cleanSession, will('wills/d', 'gone', cleanSession ? 1 : 2));
  life.journal.commits = 'soon';
  await until(() => !life.journal.isWaiting, PATIENCE_MS, 'the disk');
  life.journal.commits = 'never';
  return life;
};

const isGone = () =>
  until(() => !lives.cable.isConnected('d'), PATIENCE_MS, 'the end of the connection');

/** Requests are handled in order: what was to go out before has gone. */
const settled = async ({ core }: Life) => {
  await core.published(core.send(null, 'elsewhere', 'x', 1));
};

describe.each([5, 4] as const)('a will of a clean session, MQTT version %i', (version) => {
  beforeEach(async () => {
    lives = await Lives.prepare({ mode: 'transparent', version }, 'wills/#');
  });

  it('is published by the broker, which does not wait with it, when the device is lost', async () => {
    const life = await connected(true);
    life.core.close('d', 'fire');
    await lives.witness.saw('wills/d gone 1');
    expect(life.sentSoFar('publish')).toBe(0);
  });

  it('at the end of a run is left to the broker, because the next run would not know of it', async () => {
    const life = await connected(true, { time: brisk });
    await life.core.stop();
    await isGone();
    expect(life.sentSoFar('disconnect')).toBe(0);
    await lives.witness.saw('wills/d gone 1');
  });

  it('at the end of a run goes with DISCONNECT as soon as the disk knows of it', async () => {
    const life = await connected(true);
    const stopped = life.core.stop();
    await life.waiting('the note');
    life.journal.commits = 'soon';
    await stopped;
    expect(life.journal.kept('ue')).toHaveLength(1);
    expect(life.sentSoFar('disconnect')).toBe(1);
    expect(lives.witness.count('wills/d gone 1')).toBe(0);
  });

  it('is taken away by a new connection only when the disk knows of it', async () => {
    const life = await connected(true);
    const opened = life.core.open('d', true, will('wills/d', 'other'));
    await settled(life);
    expect(life.sentSoFar('disconnect')).toBe(0);
    life.journal.commits = 'soon';
    expect(await opened).not.toHaveProperty('failure');
    expect(life.sentSoFar('disconnect')).toBe(1);
    expect(lives.witness.count('wills/d gone 1')).toBe(0);
  });

  it('a device that gives up while its new connection waits for the disk: nobody is connected', async () => {
    const life = await connected(true);
    const opened = life.core.open('d', true, will('wills/d', 'other'));
    life.core.close('d', 'discard');
    life.journal.commits = 'soon';
    await opened;
    await isGone();
    // Requests are handled in order: who comes after all that is there alone.
    await life.core.open('other', true);
    expect(lives.cable.isConnected('d')).toBe(false);
  });

  it('changes only when the disk knows of it', async () => {
    const life = await connected(true);
    const changed = life.core.setWill('d', will('wills/d', 'other'));
    await settled(life);
    expect(life.sentSoFar('connect')).toBe(1);
    life.journal.commits = 'soon';
    expect(await changed).not.toHaveProperty('failure');
    expect(life.sentSoFar('connect')).toBe(2);
  });
});

describe('a will of a kept session, MQTT version 5', () => {
  beforeEach(async () => {
    lives = await Lives.prepare({ mode: 'transparent', version: 5 }, 'wills/#');
  });

  it('at QoS 2 that never reaches the disk is the broker’s, and nobody repeats it', async () => {
    const time = new Patience(WILL_TIMEOUT_MS);
    const life = await connected(false, { time });
    life.core.close('d', 'fire');
    await settled(life);
    time.end();
    await isGone();
    life.journal.commits = 'soon';
    expect(life.journal.kept('uo')).toEqual([]);
    await life.core.open('d', false);
    await life.core.published(life.core.send('d', 'up', 'x', 1));
    expect(life.sentPackets('publish')).toHaveLength(1);
  });
});
