import { expect, it, vi } from 'vitest';
import { remarkOf } from '../../../../src/dashboard/advice/row.js';
import { rowOf } from '../../../support/dashboard/world.js';

// The answers of the gateway are made up at the time at which they are looked at.
vi.useFakeTimers({ toFake: ['Date'] });
const NOW = Date.now();
const HOUR_MS = 60 * 60_000;
const warning = (atMs: number) => ({ code: 'REFUSED_SUBSCRIBE', message: 'refused it', atMs });

it.each<[Parameters<typeof rowOf>[0], string, string]>([
  [{}, 'none', ''],
  [{ state: 'REFUSED', isApprovable: true, dueAtMs: null }, 'bad', 'approve it, or add a rule'],
  [{ state: 'REFUSED', why: 'no room', dueAtMs: null }, 'bad', 'no room'],
  [
    { state: 'REFUSED', isApproved: true, why: 'approved', dueAtMs: null },
    'none',
    'approved since; has to connect again',
  ],
  [
    { state: 'REFUSED', isApproved: true, why: 'protocol id 2 is not MQTT-SN 1.2', dueAtMs: null },
    'bad',
    'protocol id 2 is not MQTT-SN 1.2',
  ],
  [{ state: 'LOST', why: 'keep alive over', dueAtMs: null }, 'bad', 'keep alive over'],
  [{ state: 'LOST', why: null, dueAtMs: null }, 'bad', 'in an earlier run'],
  [{ dueAtMs: NOW - 4000 }, 'none', ''],
  [{ dueAtMs: NOW - 6000 }, 'warn', 'late by 6 s'],
  [{ paused: 'no-answer' }, 'warn', 'does not answer'],
  [{ paused: 'congestion' }, 'warn', 'asked to be left alone'],
  [{ warning: warning(NOW - HOUR_MS / 2) }, 'warn', 'refused it'],
  [{ warning: warning(NOW - 2 * HOUR_MS) }, 'none', ''],
  [{ state: 'DISCONNECTED', why: 'DISCONNECT', dueAtMs: NOW - HOUR_MS }, 'none', 'DISCONNECT'],
])('%j is remarked on as %s: %s', (fields, tone, text) => {
  expect(remarkOf(rowOf(fields), NOW)).toEqual({ tone, text });
});
