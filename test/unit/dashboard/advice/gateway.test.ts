import { expect, it, vi } from 'vitest';
import { gatewayFindings } from '../../../../src/dashboard/advice/gateway.js';
import { overviewOf } from '../../../support/dashboard/world.js';

// The answers of the gateway are made up at the time at which they are looked at.
vi.useFakeTimers({ toFake: ['Date'] });
const NOW = Date.now();
const { gateway, broker, store } = overviewOf();
const away = { ...broker, isUp: false, sinceMs: NOW - 120_000, detail: 'ECONNREFUSED' };

it.each<[string, Parameters<typeof overviewOf>[0], [id: string, what: RegExp][]]>([
  ['well', {}, []],
  ['starting', { gateway: { ...gateway, reasons: ['starting'] } }, [['starting', /no device/]]],
  ['stopping', { gateway: { ...gateway, reasons: ['stopping'] } }, [['stopping', /ending/]]],
  [
    'without its broker',
    { broker: away, outbox: { messages: 7, bytes: 70 } },
    [['broker-away', /away for 2 min \(ECONNREFUSED\)\. .*7 messages/]],
  ],
  [
    'without its broker, transparent',
    { broker: { ...away, mode: 'transparent' } },
    [['broker-away', /disconnected after 30 s/]],
  ],
  [
    'with a disk that fails',
    { store: { ...store, state: 'failing', detail: 'no space left' } },
    [['store-failing', /in memory: no space left/]],
  ],
  ['without a disk', { store: { ...store, state: 'memory' } }, [['store-memory', /forgets/]]],
])('the gateway is %s', (_, fields, expected) => {
  const findings = gatewayFindings(overviewOf(fields), NOW);
  expect(findings.map(({ id }) => id)).toEqual(expected.map(([id]) => id));
  for (const [index, [, what]] of expected.entries()) expect(findings[index]?.what).toMatch(what);
});
