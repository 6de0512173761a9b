/** Wills of transparent devices while the disk does not answer: what no next run would know of stays with the broker. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dueWillMs } from '../../../src/upstream/due-will.js';
import {
  GRACE_MS,
  HELD_REQUESTS_MAX,
  OPEN_TIMEOUT_MS,
  QUIET_TIMEOUT_MS,
  WILL_TIMEOUT_MS,
} from '../../../src/upstream/limits.js';
import { TestJournal } from '../../support/journal.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { brisk, KEEPALIVE_SEC, will } from './harness.js';
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

/** So many microtasks later who has waited for the disk has gone on, and no socket has had its turn. */
const TURNS = 10;

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

  it('of a device that is lost in the moment of that DISCONNECT is known to the next run, or out', async () => {
    const life = await connected(true, { time: brisk });
    const { core, journal } = life;
    const stopped = core.stop();
    await life.waiting('the note');
    journal.commit();
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
    core.close('d', 'fire', true);
    await stopped;
    journal.commit();
    await isGone();
    expect(life.sentSoFar('disconnect')).toBe(1);
    const isSafe = () => journal.kept('uw').length > 0 || lives.witness.count('wills/d gone 1') > 0;
    await until(isSafe, PATIENCE_MS, 'the will on the disk, or at the broker');
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

  it('stays when another change is taken back before the disk knows of it', async () => {
    const life = await connected(true);
    const changed = life.core.setWill('d', will('wills/d', 'other'));
    expect(await life.core.setWill('d', will('wills/d'))).not.toHaveProperty('failure');
    expect(await changed).toHaveProperty('failure');
    life.journal.commits = 'soon';
    await settled(life);
    expect(life.sentSoFar('connect')).toBe(1);
    expect(life.journal.kept('ue')).toEqual([]);
  });

  it('is the broker’s when the device is lost while the next one waits for the disk', async () => {
    const life = await connected(true);
    const changed = life.core.setWill('d', will('wills/d', 'other'));
    await settled(life);
    lives.cable.shut();
    life.core.close('d', 'fire', true);
    expect(await changed).toHaveProperty('failure');
    await lives.witness.saw('wills/d gone 1');
  });

  it('stays the broker’s when the connection is lost while the change waits for an answer', async () => {
    const life = await connected(true);
    const { core, journal } = life;
    journal.commits = 'soon';
    life.hold('suback');
    void core.subscribe('d', 'x', 1);
    const changed = core.setWill('d', will('wills/d', 'other'));
    await life.held('suback');
    await until(() => journal.kept('ue').length === 1, PATIENCE_MS, 'the note');
    await lives.cable.stop();
    expect(await changed).toHaveProperty('failure');
    core.close('d', 'fire', true);
    lives.cable.holds = () => false;
    await lives.cable.start();
    await core.available(true);
    await settled(life);
    await lives.witness.saw('wills/d gone 1');
    expect(lives.witness.count('wills/d other 1')).toBe(0);
  });

  it('of a device that is lost behind a new connection that waits for the disk fires, whoever has it then', async () => {
    const life = await connected(true);
    const opened = life.core.open('d', true, will('wills/d', 'other'));
    life.core.close('d', 'fire', true);
    life.journal.commits = 'soon';
    expect(await opened).toHaveProperty('failure');
    await lives.witness.saw('wills/d gone 1');
    await isGone();
  });

  it('that has been taken away, and the next one too, as nobody can connect: the device is lost, and it fires', async () => {
    const life = await lives.begin();
    await life.core.open('d', true, will('wills/d'));
    lives.cable.shut();
    expect(await life.core.setWill('d', will('wills/d', 'other'))).toHaveProperty('failure');
    life.core.close('d', 'fire', true);
    await lives.witness.saw('wills/d other 1');
  });

  it('is not taken away without the disk, however long that takes: the change is off', async () => {
    const time = new Patience(QUIET_TIMEOUT_MS);
    const life = await connected(true, { time });
    const changed = life.core.setWill('d', will('wills/d', 'other'));
    await settled(life);
    time.end();
    expect(await changed).toMatchObject({ failure: 'unavailable' });
    expect(life.sentSoFar('disconnect')).toBe(0);
  });

  it('more new connections than can wait for the disk: each hears of its own', async () => {
    const life = await connected(true);
    const answers = Array.from({ length: HELD_REQUESTS_MAX + 1 }, (_, i) =>
      life.core.open('d', i % 2 === 0, will('wills/d', `${i}`)),
    );
    expect(await answers.at(-1)).toMatchObject({ failure: 'unavailable' });
    life.journal.commits = 'soon';
    expect(await answers.at(-2)).not.toHaveProperty('failure');
    await Promise.all(answers);
    expect(life.sentPackets('connect').at(-1)).toMatchObject({
      will: { payload: Buffer.from(`${HELD_REQUESTS_MAX - 1}`) },
    });
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

  it('that is to change is overruled by the next CONNECT with the one that the broker has', async () => {
    const life = await connected(false);
    const changed = life.core.setWill('d', will('wills/d', 'other'));
    expect(await life.core.open('d', false, will('wills/d', 'gone', 2))).not.toHaveProperty(
      'failure',
    );
    expect(await changed).toHaveProperty('failure');
    life.journal.commits = 'soon';
    await settled(life);
    expect(life.sentSoFar('connect')).toBe(1);
    expect(life.journal.kept('ue')).toEqual([]);
  });

  it('that the broker is not told of in time, and nothing is on a disk: the device hears so', async () => {
    const time = new Patience(OPEN_TIMEOUT_MS);
    const life = await lives.begin({ time, journal: TestJournal.memory() });
    await life.core.open('d', true, will('wills/d'));
    life.hold('connack');
    const changed = life.core.setWill('d', will('wills/d', 'other'));
    await life.held('connack');
    time.end();
    expect(await changed).toMatchObject({ failure: 'unavailable' });
  });

  it('a clean session that an outage has ended and that is there again: nothing of the earlier one ends it', async () => {
    const time = new Patience(GRACE_MS, dueWillMs(KEEPALIVE_SEC));
    const { core } = await lives.begin({ time });
    await core.open('d', true, will('wills/d'));
    await lives.cable.stop();
    await core.available(false);
    time.end(GRACE_MS);
    await core.closed('d');
    await lives.cable.start();
    await core.available(true);
    await core.open('d', true, will('wills/d'));
    time.end(dueWillMs(KEEPALIVE_SEC));
    expect(await core.published(core.send('d', 'up', 'x', 1))).not.toHaveProperty('failure');
    core.close('d', 'discard', true);
    await isGone();
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
