import { describe, expect, it } from 'vitest';
import { Context } from '../../../../src/core/context.js';
import { Session } from '../../../../src/core/session/session.js';
import { type SessionState, TRANSITIONS } from '../../../../src/core/session/state.js';
import type { StateName } from '../../../../src/core/types.js';
import { coreConfig, deviceSettings } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import { accept, connect, message } from '../../../support/core/messages.js';

const ATTEMPT_MS = 40_000;
const KEPT = { cleanSession: false } as const;

type Way = (driver: CoreDriver) => unknown;

const begin: Way = (driver) => driver.send('A', connect('dev1', KEPT));
const beginWithWill: Way = (driver) => driver.send('A', connect('dev1', { ...KEPT, will: true }));
const sleep: Way = (driver) => driver.send('A', { type: 'DISCONNECT', duration: 60 });
const wake: Way = (driver) => {
  message(driver, 'dev1');
  driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
};
const bye: Way = (driver) => driver.send('A', { type: 'DISCONNECT' });
const silence: Way = (driver) => driver.advance(90_000);
const forget: Way = (driver) => driver.advance(ATTEMPT_MS);
const displace: Way = (driver) => driver.send('A', connect('dev2'));

/** How each state is reached from nothing. */
const TO: Record<StateName, Way[]> = {
  DISCONNECTED: [],
  CONNECTING: [begin],
  ACTIVE: [begin, accept],
  ASLEEP: [begin, accept, sleep],
  AWAKE: [begin, accept, sleep, wake],
  LOST: [begin, accept, silence],
};

/** And what leads on from there. */
const ON: Record<string, Way[]> = {
  'DISCONNECTED>CONNECTING': [begin],
  'LOST>CONNECTING': [begin],
  'ACTIVE>CONNECTING': [(driver) => driver.send('A', connect('dev1', { ...KEPT, duration: 61 }))],
  'ASLEEP>CONNECTING': [begin],
  'AWAKE>CONNECTING': [begin],
  'CONNECTING>ACTIVE': [accept],
  'CONNECTING>DISCONNECTED': [bye],
  'CONNECTING>LOST': [accept, silence, beginWithWill, forget],
  'CONNECTING>ASLEEP': [accept, sleep, beginWithWill, forget],
  'ACTIVE>ASLEEP': [sleep],
  'ASLEEP>AWAKE': [wake],
  'AWAKE>ASLEEP': [sleep],
  'ACTIVE>DISCONNECTED': [bye],
  'ASLEEP>DISCONNECTED': [bye],
  'AWAKE>DISCONNECTED': [bye],
  'ACTIVE>LOST': [silence],
  'ASLEEP>LOST': [silence],
  'AWAKE>LOST': [displace],
};

const STATES = Object.keys(TO) as StateName[];
const pairs = TRANSITIONS.map(({ from, to }) => `${from}>${to}`);

/** Any data will do: legality is a matter of the names. */
const stateOf = (name: StateName): SessionState =>
  ({ name, expiresAt: 0, durationSec: 1 }) as SessionState;

describe('the transition table', () => {
  it.each(pairs)('%s is reached', (pair) => {
    const driver = new CoreDriver();
    const [from] = pair.split('>') as [StateName];
    for (const way of [...TO[from], ...(ON[pair] ?? [])]) way(driver);
    const changes = driver.notices.flatMap((one) =>
      one.notice === 'transition' && one.client === 'dev1' ? [`${one.from}>${one.to}`] : [],
    );
    expect(changes.at(-1)).toBe(pair);
  });

  it.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))(
    '%s to %s: legal or an error of ours',
    (from, to) => {
      const ctx = new Context(coreConfig());
      const session = new Session('dev1', deviceSettings);
      session.state = stateOf(from);
      const become = (): void => ctx.become(session, stateOf(to), 'test');
      if (from === to || pairs.includes(`${from}>${to}`)) {
        become();
        expect(ctx.effects).toHaveLength(from === to ? 0 : 1);
      } else {
        expect(become).toThrow(`broken invariant: dev1 cannot go from ${from} to ${to}`);
      }
    },
  );
});
