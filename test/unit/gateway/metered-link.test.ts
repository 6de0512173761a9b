import { expect, it } from 'vitest';
import { MeteredLink } from '../../../src/gateway/metered-link.js';
import type { Link, LinkEvents } from '../../../src/links/link.js';
import type { Urgency } from '../../../src/core/types.js';
import { Counters } from '../../../src/observe/counters.js';

/** A link that leads nowhere. */
class StubLink implements Link {
  readonly name = 'lan';
  readonly description = 'lan stub';
  readonly sent: unknown[] = [];
  events: LinkEvents | undefined;

  start(events: LinkEvents): Promise<void> {
    this.events = events;
    return Promise.resolve();
  }

  send(address: string | null, data: Uint8Array, urgency: Urgency, ref?: number): void {
    this.sent.push([address, data.length, urgency, ref]);
  }

  drain(withinMs: number): Promise<void> {
    this.sent.push(withinMs);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.events = undefined;
    return Promise.resolve();
  }
}

it('a metered link passes everything on, counts frames and octets both ways, and knows what it has heard last', async () => {
  const link = new StubLink();
  const traffic = new Counters().trafficOf('lan');
  const times = [1000, 2000, 3000];
  const metered = new MeteredLink(link, traffic, () => times.shift() ?? 0);
  const heard: unknown[] = [];
  await metered.start({
    datagram: (address, data, signal) => heard.push([address, data.length, signal]),
    told: ({ event }) => heard.push(event),
    warning: (code) => heard.push(code),
    info: (code) => heard.push(code),
  });
  expect([metered.name, metered.description]).toEqual(['lan', 'lan stub']);
  link.events?.datagram('a', new Uint8Array(7));
  link.events?.datagram('b', new Uint8Array(3), { signal: { rssiDbm: -90 } });
  // Not every module answers each time.
  link.events?.datagram('b', new Uint8Array(1), { signal: { snrDb: 4 } });
  link.events?.told({ event: 'congestion', isCongested: true });
  link.events?.warning('LINK_SEND_FAILED', 'the network is down');
  link.events?.info('LINK_MULTICAST_JOINED', 'joined');
  metered.send('a', new Uint8Array(2), 1, 77);
  metered.send(null, new Uint8Array(6), 5);
  await metered.drain(3000);
  expect(heard).toEqual([
    ['a', 7, undefined],
    ['b', 3, { signal: { rssiDbm: -90 } }],
    ['b', 1, { signal: { snrDb: 4 } }],
    'congestion',
    'LINK_SEND_FAILED',
    'LINK_MULTICAST_JOINED',
  ]);
  expect(link.sent).toEqual([['a', 2, 1, 77], [null, 6, 5, undefined], 3000]);
  expect(traffic).toMatchObject({
    receivedFrames: 3,
    receivedBytes: 11,
    sentFrames: 2,
    sentBytes: 8,
    heardAtMs: 3000,
    signal: { rssiDbm: -90, snrDb: 4 },
  });
  await metered.stop();
  expect(link.events).toBeUndefined();
});
