/** Messages in the outbox of devices that have no connection: in transparent mode a courier takes them. */
import { describe, expect, it } from 'vitest';
import { OUTBOX_RETRY_MS } from '../../../src/core/limits.js';
import type { CoreDriver } from '../../support/core/driver.js';
import { accept, connect, connected } from '../../support/core/messages.js';
import { answer, away, back, offline, published, say, session } from './outbox-world.js';

describe('a device that has gone', () => {
  function gone(): CoreDriver {
    const driver = away();
    say(driver, 'A', 1, 'a');
    driver.send('A', { type: 'DISCONNECT' });
    driver.received('A');
    back(driver);
    answer(driver, 0, 'unavailable');
    return driver;
  }

  it('a courier opens its session at the broker, and closes it when all is through', () => {
    const driver = gone();
    expect(driver.request('open')).toMatchObject({
      client: 'dev1',
      cleanSession: false,
      isCourier: true,
    });
    const closed = driver.requestsOf('close').length;
    accept(driver);
    expect(published(driver)).toEqual(['a', 'a']);
    answer(driver, 1);
    expect(driver.requestsOf('close').slice(closed)).toEqual([
      { op: 'close', client: 'dev1', will: 'discard', forget: false },
    ]);
  });

  it('comes back meanwhile: its own connection takes over, and is not closed', () => {
    const driver = gone();
    const courier = driver.request('open');
    const closed = driver.requestsOf('close').length;
    driver.send('A', connect('dev1', session));
    driver.event({ event: 'opened', token: courier.token, client: 'dev1' });
    accept(driver);
    answer(driver, 1);
    expect(published(driver)).toEqual(['a', 'a']);
    expect(driver.requestsOf('close')).toHaveLength(closed);
    expect(driver.store.keys('o')).toEqual([]);
  });

  it('has a message that expires while the courier is asked: the courier goes home', () => {
    const driver = gone();
    const closed = driver.requestsOf('close').length;
    driver.now += offline.ageMs;
    driver.step({ kind: 'deadline' });
    expect(driver.drops()).toContain('expired');
    accept(driver);
    expect(driver.requestsOf('close')).toHaveLength(closed + 1);
  });

  it('had CleanSession=1: so has the courier, and nothing of it stays at the broker', () => {
    const driver = away();
    back(driver);
    connected(driver, 'B', 'dev2', { cleanSession: true, duration: 0 });
    driver.event({ event: 'availability', up: false });
    say(driver, 'B', 1, 'b');
    driver.send('B', { type: 'DISCONNECT' });
    back(driver);
    const [opened, closed] = [driver.requestsOf('open').length, driver.requestsOf('close').length];
    answer(driver, 0, 'unavailable');
    expect(driver.requestsOf('open').slice(opened)).toMatchObject([
      { client: 'dev2', cleanSession: true },
    ]);
    accept(driver);
    answer(driver, 1);
    expect(driver.requestsOf('close').slice(closed)).toMatchObject([
      { client: 'dev2', forget: true },
    ]);
  });

  it('courier is refused: nothing is sent before the next one is asked', () => {
    const driver = gone();
    const opened = driver.requestsOf('open').length;
    refuseCourier(driver);
    driver.advance(OUTBOX_RETRY_MS - 1);
    expect(published(driver)).toEqual(['a']);
    driver.advance(1);
    answer(driver, 1, 'unavailable');
    expect(driver.requestsOf('open')).toHaveLength(opened + 1);
  });

  it("courier's connection breaks: another one is asked", () => {
    const driver = gone();
    accept(driver);
    const opened = driver.requestsOf('open').length;
    driver.advance(OUTBOX_RETRY_MS);
    answer(driver, 1, 'unavailable');
    expect(driver.requestsOf('open')).toHaveLength(opened + 1);
    accept(driver);
    expect(published(driver)).toEqual(['a', 'a', 'a']);
  });

  it('courier is there, and cannot take it: it is tried again after a while, not at once and for ever', () => {
    const driver = gone();
    accept(driver);
    const opened = driver.requestsOf('open').length;
    answer(driver, 1, 'unavailable');
    expect(driver.requestsOf('open')).toHaveLength(opened);
    driver.advance(OUTBOX_RETRY_MS);
    expect(published(driver)).toEqual(['a', 'a', 'a']);
    answer(driver, 2);
    expect(driver.requestsOf('close').at(-1)).toMatchObject({ client: 'dev1', will: 'discard' });
  });

  it("courier's connection comes back by itself: the courier goes home in the end", () => {
    const driver = gone();
    accept(driver);
    driver.event({ event: 'availability', up: false });
    answer(driver, 1, 'unavailable');
    driver.event({ event: 'reachable', client: 'dev1' });
    back(driver);
    const closed = driver.requestsOf('close').length;
    answer(driver, 2);
    expect(driver.store.keys('o')).toEqual([]);
    expect(driver.requestsOf('close')).toHaveLength(closed + 1);
  });

  it('has several messages that cannot go: one courier takes them all', () => {
    const driver = away();
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 1, 'b', 2);
    driver.send('A', { type: 'DISCONNECT' });
    back(driver);
    const opened = driver.requestsOf('open').length;
    answer(driver, 0, 'unavailable');
    expect(driver.requestsOf('open')).toHaveLength(opened + 1);
    accept(driver);
    expect(published(driver)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('broker goes again: no courier is asked before it is back', () => {
    const driver = away();
    say(driver, 'A', 1, 'a');
    driver.send('A', { type: 'DISCONNECT' });
    back(driver);
    const opened = driver.requestsOf('open').length;
    driver.event({ event: 'availability', up: false });
    answer(driver, 0, 'unavailable');
    driver.advance(10 * OUTBOX_RETRY_MS);
    expect(driver.requestsOf('open')).toHaveLength(opened);
    back(driver);
    expect(published(driver)).toEqual(['a', 'a']);
  });

  it('is about to connect again: no courier takes its place', () => {
    const driver = away();
    say(driver, 'A', 1, 'a');
    driver.send('A', { type: 'DISCONNECT' });
    back(driver);
    driver.send('A', connect('dev1', session));
    const opened = driver.requestsOf('open').length;
    answer(driver, 0, 'unavailable');
    expect(driver.requestsOf('open')).toHaveLength(opened);
  });

  it('is a ghost after a restart: no courier ends the connection that holds its will', () => {
    const driver = away();
    back(driver);
    connected(driver, 'B', 'dev2', { cleanSession: true, will: true });
    driver.event({ event: 'availability', up: false });
    say(driver, 'B', 1, 'b');
    driver.crash();
    back(driver);
    const opened = driver.requestsOf('open').length;
    answer(driver, 0, 'unavailable');
    expect(published(driver)).toEqual(['b']);
    expect(driver.requestsOf('open')).toHaveLength(opened);
  });
});

function refuseCourier(driver: CoreDriver): void {
  const { token, client } = driver.request('open');
  driver.event({ event: 'opened', token, client, failure: 'unavailable' });
}
