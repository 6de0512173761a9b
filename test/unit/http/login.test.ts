import { afterEach, describe, expect, it } from 'vitest';
import { OPERATIONS, type Operation } from '../../../src/http/api/operations.js';
import { LoginAttempts } from '../../../src/http/login/attempts.js';
import { LoginSessions } from '../../../src/http/login/sessions.js';
import { Cleanup } from '../../support/cleanup.js';
import { type Answer, Rig } from './rig.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const rigOf = async (token?: string): Promise<Rig> =>
  cleanup.add(await Rig.start(token === undefined ? {} : { token }), (rig) => rig.stop());

const HOUR_MS = 3_600_000;
const JSON_TYPE = { 'content-type': 'application/json' };

const login = (rig: Rig, token: string, headers = {}): Promise<Answer> =>
  rig.ask('/api/login', {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify({ token }),
  });

/** The cookie that an answer gives, as a browser sends it back. */
function cookieOf({ headers }: Answer): string {
  const [cookie] = [headers['set-cookie']].flat();
  return cookie?.split(';')[0] ?? '';
}

describe('a browser', () => {
  it('that shows the token gets a cookie, which no script reads and no other site uses', async () => {
    const rig = await rigOf('secret');
    const answer = await login(rig, 'secret');
    expect(answer.status).toBe(204);
    expect(String(answer.headers['set-cookie'])).toMatch(
      /^mqttsn-gateway-\d+=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const cookie = cookieOf(answer);
    expect(cookie).not.toContain('secret');
    for (const path of ['/api/overview', '/metrics', '/readyz']) {
      expect((await rig.ask(path, { headers: { cookie } })).status).toBe(200);
    }
    expect((await rig.ask('/api/login', { headers: { cookie } })).text).toBe(
      '{"isRequired":true,"isLoggedIn":true}',
    );
  });

  it.each(Object.entries<Operation>(OPERATIONS).filter(([, { isOpen }]) => !isOpen))(
    'without token and cookie cannot ask for %s',
    async (_id, { method, path }) => {
      const rig = await rigOf('secret');
      const asked = { method: method.toUpperCase(), headers: JSON_TYPE };
      const answer = await rig.ask(path.replace('{client}', 'dev1').replace(/\{\w+\}/, '1'), asked);
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'token-required' } });
    },
  );

  it('that logs out has to log in again, and so has a copy of its cookie', async () => {
    const rig = await rigOf('secret');
    const cookie = cookieOf(await login(rig, 'secret'));
    const answer = await rig.ask('/api/logout', {
      method: 'POST',
      headers: { ...JSON_TYPE, cookie },
    });
    expect(answer.status).toBe(204);
    expect(String(answer.headers['set-cookie'])).toContain('Max-Age=0');
    expect((await rig.ask('/api/overview', { headers: { cookie } })).status).toBe(401);
  });

  it('at two gateways of one machine stays logged in at both: cookies know no ports', async () => {
    const rigs = [await rigOf('secret'), await rigOf('secret')];
    const cookies: string[] = [];
    for (const rig of rigs) cookies.push(cookieOf(await login(rig, 'secret')));
    // A browser sends what it has of a name, and to each gateway that of the other, too.
    expect(new Set(cookies.map((cookie) => cookie.split('=')[0])).size).toBe(2);
    for (const rig of rigs) {
      const answer = await rig.ask('/api/overview', { headers: { cookie: cookies.join('; ') } });
      expect(answer.status).toBe(200);
    }
  });

  it.each([
    ['another port, as of a container', 'localhost:8081', /^mqttsn-gateway-\d+-8081$/],
    ['no port', '[::1]', /^mqttsn-gateway-\d+$/],
  ])('that asks %s has a cookie for it', async (_, host, name) => {
    const rig = await rigOf('secret');
    const cookie = cookieOf(await login(rig, 'secret', { host }));
    expect(cookie.split('=')[0]).toMatch(name);
    const answer = await rig.ask('/api/overview', { headers: { host, cookie } });
    expect(answer.status).toBe(200);
  });

  it.each(['', '=', '=secret', `=${'A'.repeat(43)}`])(
    'with the cookie %j has to log in',
    async (value) => {
      const rig = await rigOf('secret');
      const [name] = cookieOf(await login(rig, 'secret')).split('=');
      const cookie = value === '' ? '' : `${name}${value}`;
      const answer = await rig.ask('/api/overview', { headers: { cookie } });
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'token-required' } });
      expect((await rig.ask('/api/login', { headers: { cookie } })).text).toBe(
        '{"isRequired":true,"isLoggedIn":false}',
      );
    },
  );

  it('whose program sends a wrong token beside a good cookie is refused', async () => {
    const rig = await rigOf('secret');
    const cookie = cookieOf(await login(rig, 'secret'));
    const headers = { cookie, authorization: 'Bearer wrong' };
    expect((await rig.ask('/api/overview', { headers })).status).toBe(401);
  });

  it('on a page of another site cannot log in for its user', async () => {
    const rig = await rigOf('secret');
    const answer = await login(rig, 'secret', { 'sec-fetch-site': 'cross-site' });
    expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined]);
  });

  it('needs no token where there is none', async () => {
    const rig = await rigOf();
    expect((await rig.ask('/api/login')).text).toBe('{"isRequired":false,"isLoggedIn":false}');
    const answer = await login(rig, 'whatever');
    expect([answer.status, answer.headers['set-cookie']]).toEqual([204, undefined]);
  });
});

describe('who tries tokens', () => {
  it('is told to wait after five wrong ones, also with the right one, and programs go on', async () => {
    const rig = await rigOf('secret');
    for (let i = 0; i < 5; i++) {
      const answer = await login(rig, `wrong${i}`);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'wrong-token' } });
    }
    const answer = await login(rig, 'secret');
    expect([answer.status, answer.headers['set-cookie']]).toEqual([429, undefined]);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'too-many-requests' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    const headers = { authorization: 'Bearer secret' };
    expect((await rig.ask('/api/overview', { headers })).status).toBe(200);
  });

  it.each([
    '{}',
    '{"token":""}',
    '{"token":1}',
    '{"token":"a","user":"b"}',
    `{"token":"${'x'.repeat(5000)}"}`,
  ])('in a wrong form, %.30s, has tried none', async (body) => {
    const rig = await rigOf('secret');
    for (let i = 0; i < 6; i++) {
      const answer = await rig.ask('/api/login', { method: 'POST', headers: JSON_TYPE, body });
      expect(answer.status).toBe(400);
    }
    expect((await login(rig, 'secret')).status).toBe(204);
  });

  it('may go on after a minute, and others meanwhile, as long as they are few', () => {
    let now = 0;
    const attempts = new LoginAttempts(() => now);
    for (let i = 0; i < 5; i++) attempts.onWrong('a');
    expect([attempts.waitSec('a'), attempts.waitSec('b')]).toEqual([60, 0]);
    now = 59_500;
    expect(attempts.waitSec('a')).toBe(1);
    now = 60_000;
    expect(attempts.waitSec('a')).toBe(0);
    for (let i = 0; i < 100; i++) attempts.onWrong(`c${i}`);
    expect(attempts.waitSec('b')).toBe(60);
  });
});

describe('what a cookie stands for', () => {
  const sessions = (): { sessions: LoginSessions; wait: (ms: number) => void } => {
    let now = 0;
    return {
      sessions: new LoginSessions(() => now),
      wait: (ms) => {
        now += ms;
      },
    };
  };

  it('ends after half a day without a request, and after a week in any case', () => {
    const { sessions: all, wait } = sessions();
    const [used, idle] = [all.begin(), all.begin()];
    for (let hour = 0; hour < 7 * 24; hour += 12) {
      expect(all.isValid(used)).toBe(true);
      wait(12 * HOUR_MS);
    }
    expect(all.isValid(idle)).toBe(false);
    wait(1);
    expect(all.isValid(used)).toBe(false);
  });

  it('of more browsers than there may be, the first ends', () => {
    const { sessions: all } = sessions();
    const names = Array.from({ length: 65 }, () => all.begin());
    expect(new Set(names).size).toBe(65);
    expect(names.map((name) => all.isValid(name))).toEqual([
      false,
      ...Array<boolean>(64).fill(true),
    ]);
  });
});
