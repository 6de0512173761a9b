/** Tokens that are tried in `Authorization`: as many in a second as there are connections, and nobody is locked out. */
import { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bounds } from '../../../src/http/limits.js';
import { LateAnswers } from '../../../src/http/login/late-answers.js';
import { Cleanup } from '../../support/cleanup.js';
import { connected } from '../../support/core/messages.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { Rig } from './rig.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);
afterEach(() => void vi.useRealTimers());

const HOUR_MS = 3_600_000;
const DELAY_MS = 300;

const rigOf = async (wrongTokenDelayMs: number, bounds: Partial<Bounds> = {}): Promise<Rig> =>
  cleanup.add(await Rig.start({ token: 'secret' }, { wrongTokenDelayMs, ...bounds }), (rig) =>
    rig.stop(),
  );

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const rawRequest = (path: string, token: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;

describe('a wrong token', () => {
  it.each(['/metrics', '/api/overview', '/api/login', '/nothing'])(
    'for %s is answered late',
    async (path) => {
      const rig = await rigOf(DELAY_MS);
      const begun = performance.now();
      const { status, text } = await rig.ask(path, bearer('wrong'));
      // A timer of Node may be a millisecond early.
      expect(performance.now() - begun).toBeGreaterThan(DELAY_MS - 5);
      if (path === '/api/login') expect(text).toBe('{"isRequired":true,"isLoggedIn":false}');
      else expect(status).toBe(401);
    },
  );

  it('holds up nobody: neither the right one from the same address, nor who sends none', async () => {
    const rig = await rigOf(HOUR_MS);
    const guesser = await rig.connection();
    guesser.socket.write(rawRequest('/metrics', 'wrong'));
    await until(() => guesser.socket.bytesWritten > 0, PATIENCE_MS, 'the guess to be on its way');
    for (const path of ['/metrics', '/readyz', '/api/overview', '/api/login']) {
      expect((await rig.ask(path, bearer('secret'))).status).toBe(200);
    }
    expect((await rig.ask('/healthz')).status).toBe(200);
    expect((await rig.ask('/api/overview')).status).toBe(401);
    expect(guesser.text).toBe('');
  });

  it('is the last that its connection is for: what comes behind it is not looked at, the right one included', async () => {
    const rig = await rigOf(DELAY_MS);
    connected(rig.gateway.driver, 'A', 'dev1', { cleanSession: false });
    const guesser = await rig.connection();
    const guesses = Array.from({ length: 500 }, (_, i) => rawRequest('/api/login', `wrong${i}`));
    const right = rawRequest('/api/devices/dev1/buffer', 'secret').replace('GET', 'DELETE');
    const cleared = vi.spyOn(rig.gateway, 'operate');
    guesser.socket.write([...guesses, right].join(''));
    await guesser.closed;
    expect(guesser.text.match(/^HTTP\/1\.1/gm)).toHaveLength(1);
    expect(guesser.text).toContain('"isLoggedIn":false');
    expect(cleared).not.toHaveBeenCalled();
  });

  it('that nobody waits to be answered keeps its place taken: no answer at once says enough', async () => {
    const rig = await rigOf(HOUR_MS, { connectionsPerAddressMax: 2 });
    for (let i = 0; i < 2; i++) {
      const guesser = await rig.connection();
      guesser.socket.end(rawRequest('/metrics', `wrong${i}`));
      await guesser.closed;
    }
    const third = await rig.connection();
    await third.closed;
    const elsewhere = await rig.connection('127.0.0.2');
    elsewhere.socket.write(rawRequest('/metrics', 'secret'));
    await until(() => elsewhere.text.includes('200 OK'), PATIENCE_MS, 'an answer for another one');
  });

  it('keeps its place for no longer than its answer would have taken', async () => {
    const rig = await rigOf(DELAY_MS, { connectionsPerAddressMax: 1 });
    const guesser = await rig.connection();
    guesser.socket.end(rawRequest('/metrics', 'wrong'));
    await guesser.closed;
    const answered = async (): Promise<boolean> =>
      (await rig.ask('/healthz').catch(() => undefined))?.status === 200;
    await until(answered, PATIENCE_MS, 'a place to be free');
  });

  it('that is not answered yet keeps the server from no end', async () => {
    const rig = await rigOf(HOUR_MS);
    const guesser = await rig.connection();
    guesser.socket.write(rawRequest('/metrics', 'wrong'));
    await rig.ask('/healthz');
    await rig.server.stop();
    await guesser.closed;
  });
});

describe('the wait', () => {
  it('ends with the connection, and leaves no timer', async () => {
    vi.useFakeTimers();
    const late = new LateAnswers(HOUR_MS);
    const [leaving, gone, other] = [new Socket(), new Socket(), new Socket()];
    const waits = [late.wait(leaving), late.wait(gone.destroy())];
    leaving.destroy();
    await Promise.all(waits);
    expect(vi.getTimerCount()).toBe(0);
    const all = [leaving, gone, other];
    expect(all.map((one) => late.isOver(one))).toEqual([true, true, false]);
    expect(all.map((one) => late.restMs(one))).toEqual([HOUR_MS, HOUR_MS, 0]);
    vi.advanceTimersByTime(HOUR_MS);
    expect(all.map((one) => late.restMs(one))).toEqual([0, 0, 0]);
  });

  it('ends when it is time, and listens no more', async () => {
    vi.useFakeTimers();
    const late = new LateAnswers(1000);
    const socket = new Socket();
    const before = socket.listenerCount('close');
    const wait = late.wait(socket);
    expect(socket.listenerCount('close')).toBe(before + 1);
    await vi.advanceTimersByTimeAsync(1000);
    await wait;
    expect(socket.listenerCount('close')).toBe(before);
  });
});
