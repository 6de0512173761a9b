/** Server-sent events, as a browser reads them, and as one that does not read. */
import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { Events } from '../../../../src/http/api/events.js';
import { EVENTS } from '../../../../src/http/api/schema/events.js';
import { Rates } from '../../../../src/http/api/rates.js';
import { overviewView } from '../../../../src/http/api/views/overview.js';
import { Counters } from '../../../../src/observe/counters.js';
import { Cleanup } from '../../../support/cleanup.js';
import { connected } from '../../../support/core/messages.js';
import { WatchedGateway } from '../../../support/http/watched-gateway.js';
import { PATIENCE_MS, until } from '../../../support/wait.js';
import { type RawConnection, Rig } from '../rig.js';
import type { Code } from '../../../../src/observe/codes/index.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const OVERVIEW = overviewView(new WatchedGateway(), new Rates(new Counters()), {
  version: '1.2.3',
  startedAtMs: 0,
});
const kept = { cleanSession: false, duration: 60 };

const rigOf = async (gateway = new WatchedGateway()): Promise<Rig> =>
  cleanup.add(await Rig.start({}, {}, gateway), (one) => one.stop());

async function follow(rig: Rig): Promise<RawConnection> {
  const connection = await rig.connection();
  connection.socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return connection;
}

/** The events that have come whole. */
const eventsOf = ({ text }: RawConnection): { event: keyof typeof EVENTS; data: unknown }[] =>
  [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event = '', data = '']) => ({
    event: event as keyof typeof EVENTS,
    data: JSON.parse(data) as unknown,
  }));

const notices = (reader: RawConnection): unknown[] =>
  eventsOf(reader).flatMap(({ event, data }) =>
    event === 'notice' ? [(data as { code: string }).code] : [],
  );

const first = async (connection: RawConnection, event: string): Promise<unknown> => {
  await until(
    () => eventsOf(connection).some((one) => one.event === event),
    PATIENCE_MS,
    `an event "${event}"`,
  );
  return eventsOf(connection).find((one) => one.event === event)?.data;
};

describe('/api/events', () => {
  it('begins with the overview, and tells of devices and notices, each as described', async () => {
    const gateway = new WatchedGateway();
    const rig = await rigOf(gateway);
    const reader = await follow(rig);
    await first(reader, 'overview');
    connected(gateway.driver, 'A', 'dev1', kept);
    connected(gateway.driver, 'B', 'dev2', kept);
    gateway.driver.admin({ command: 'forget', client: 'dev2' });
    expect(await first(reader, 'devices')).toEqual({
      changed: ['dev1'],
      gone: ['dev2'],
      isAll: false,
    });
    expect(await first(reader, 'notice')).toMatchObject({ code: 'SESSION_ACTIVE', client: 'dev1' });
    const events = eventsOf(reader);
    for (const { event, data } of events) {
      expect(EVENTS[event].schema.safeParse(data).error?.issues ?? []).toEqual([]);
    }
    const levels = events.filter(({ event }) => event === 'notice').map(({ data }) => data);
    expect(levels).not.toContainEqual(expect.objectContaining({ level: 'debug' }));
    expect(reader.text).toContain('content-type: text/event-stream');
    expect(reader.text).toContain('retry: 2000');
  });

  it('behind another answer, on the same connection, are refused: nobody would notice that the reader leaves', async () => {
    const rig = await rigOf();
    const two = await rig.connection();
    two.socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2));
    await first(two, 'overview');
    two.socket.destroy();
    await two.closed;
    const readers = await Promise.all(Array.from({ length: 16 }, () => follow(rig)));
    for (const reader of readers) await first(reader, 'overview');
  });

  it('the overview comes again when it has changed, and not when it has not', async () => {
    const gateway = new WatchedGateway();
    const rig = await rigOf(gateway);
    const reader = await follow(rig);
    await first(reader, 'overview');
    connected(gateway.driver, 'A', 'dev1', kept);
    await first(reader, 'devices');
    gateway.watch.changes.mark('dev1');
    await until(
      () => eventsOf(reader).filter(({ event }) => event === 'devices').length === 2,
      PATIENCE_MS,
      'another event "devices"',
    );
    // Two ticks have passed: in the first a session has come, in the second nothing that an overview has.
    const overviews = eventsOf(reader).filter(({ event }) => event === 'overview');
    expect(overviews).toHaveLength(2);
    expect(overviews[1]?.data).toMatchObject({ sessions: { ACTIVE: 1 } });
  });

  it('many devices at once are not named', async () => {
    const gateway = new WatchedGateway();
    const rig = await rigOf(gateway);
    const reader = await follow(rig);
    await first(reader, 'overview');
    for (let i = 0; i <= 500; i++) connected(gateway.driver, `A${i}`, `dev${i}`, kept);
    expect(await first(reader, 'devices')).toEqual({ changed: [], gone: [], isAll: true });
  });

  it('a device that is approved and has never been seen is known, until the approval is taken back', async () => {
    const gateway = new WatchedGateway();
    const rig = await rigOf(gateway);
    const reader = await follow(rig);
    await first(reader, 'overview');
    gateway.driver.admin({ command: 'approve', client: 'to-come' });
    expect(await first(reader, 'devices')).toEqual({
      changed: ['to-come'],
      gone: [],
      isAll: false,
    });
    expect((await rig.ask('/api/devices/to-come')).status).toBe(200);
    gateway.driver.admin({ command: 'forget', client: 'to-come' });
    const gone = { changed: [], gone: ['to-come'], isAll: false };
    await until(
      () => eventsOf(reader).some(({ data }) => isDeepStrictEqual(data, gone)),
      PATIENCE_MS,
      'it to be gone',
    );
  });

  it('devices with names that take much room are not named either, and nobody who reads is cut', async () => {
    const gateway = new WatchedGateway();
    const rig = await rigOf(gateway);
    const reader = await follow(rig);
    await first(reader, 'overview');
    // Each is six characters of JSON.
    const mark = (count: number): void => {
      for (let i = 0; i < count; i++) gateway.watch.changes.mark(`${i}${'\u0001'.repeat(250)}`);
    };
    mark(400);
    expect(await first(reader, 'devices')).toEqual({ changed: [], gone: [], isAll: true });
    mark(1);
    await until(
      () => eventsOf(reader).filter(({ event }) => event === 'devices').length === 2,
      PATIENCE_MS,
      'the next event',
    );
    expect(reader.isClosed).toBe(false);
  });

  it('who does not read is cut, and costs no more', async () => {
    const gateway = new WatchedGateway();
    const events = new Events(gateway, () => OVERVIEW);
    const answer = events.open('GET');
    if (!(answer instanceof Response)) throw new Error('it was refused');
    expect(gateway.watch.log.listenerCount).toBe(1);
    for (let i = 0; i < 100; i++) {
      gateway.watch.log.add({ code: 'LINK_NOISE', level: 'info', message: 'x'.repeat(5000) }, {});
    }
    expect(gateway.watch.log.listenerCount).toBe(0);
    const text = await answer.text();
    expect(text.length).toBeLessThan(256 * 1024);
  });

  it('a burst of notices cuts nobody who reads: those beyond a hundred are left out', async () => {
    const gateway = new WatchedGateway();
    const rig = await rigOf(gateway);
    const reader = await follow(rig);
    await first(reader, 'overview');
    const add = (code: Code): unknown =>
      gateway.watch.log.add({ code, level: 'info', message: 'x'.repeat(500) }, {});
    for (let i = 0; i < 5000; i++) add('LINK_NOISE');
    await until(() => notices(reader).length === 100, PATIENCE_MS, 'a hundred notices');
    await until(
      () => (add('WILL_FIRED'), notices(reader).includes('WILL_FIRED')),
      PATIENCE_MS,
      'later ones',
    );
  });

  it('who leaves is forgotten', async () => {
    const gateway = new WatchedGateway();
    const rig = await rigOf(gateway);
    const reader = await follow(rig);
    await first(reader, 'overview');
    expect(gateway.watch.log.listenerCount).toBe(1);
    reader.socket.destroy();
    await until(() => gateway.watch.log.listenerCount === 0, PATIENCE_MS, 'the reader to be gone');
  });

  it('one too many is refused, and HEAD opens nothing', async () => {
    const gateway = new WatchedGateway();
    const rig = await rigOf(gateway);
    expect((await rig.ask('/api/events', { method: 'HEAD' })).status).toBe(200);
    const readers = await Promise.all(Array.from({ length: 16 }, () => follow(rig)));
    await Promise.all(readers.map((reader) => first(reader, 'overview')));
    const { status, text } = await rig.ask('/api/events');
    expect([status, text]).toEqual([503, expect.stringContaining('too-many-readers')]);
    readers[0]?.socket.destroy();
    await until(() => gateway.watch.log.listenerCount === 15, PATIENCE_MS, 'one to be gone');
    const next = await follow(rig);
    await first(next, 'overview');
  });

  it('the server stops at once, whoever follows', async () => {
    const rig = await rigOf();
    const reader = await follow(rig);
    await first(reader, 'overview');
    await rig.server.stop();
    await reader.closed;
  });
});
