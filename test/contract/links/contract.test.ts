/** What every kind of link promises (src/links/link.ts). */
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import type { Link } from '../../../src/links/link.js';
import { Cleanup } from '../../support/cleanup.js';
import { RADIO_SUBJECTS } from '../../support/links/radio.js';
import { Report } from '../../support/links/report.js';
import {
  type LinkDevice,
  type LinkSite,
  type LinkSubject,
  message,
} from '../../support/links/site.js';
import { UDP_SUBJECTS } from '../../support/links/udp.js';
import { need } from '../../support/requirements.js';
import { PATIENCE_MS, until } from '../../support/wait.js';

const ANSWER = 1;
const QOS_0 = 4;
const MESSAGES = 20;
const FLOOD = 2000;
const ATTEMPTS_MAX = 10;
const ATTEMPT_MS = 2000;
/** Addresses of no device, or of another kind of link: the configuration has changed, and sessions remember. */
const STRANGE_ADDRESSES = [
  '',
  '0',
  '17',
  '192.0.2.1:1883',
  '[2001:db8::1]:1883',
  ':',
  'x:-1',
  '1:99999',
  '0013A20040000001',
  '💥',
];

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe.each([...UDP_SUBJECTS, ...RADIO_SUBJECTS])('$name', (subject) => {
  it('names itself', async (context) => {
    const { link } = await built(subject, context);
    expect(link.name).not.toBe('');
    expect(link.description).toMatch(new RegExp(`^${link.name} `));
  });

  it('carries messages of every size whole, both ways', async (context) => {
    const { link, report, site } = await started(subject, context);
    const device = await site.device();
    const sizes = [9, 10, 100, 255, 256, 1024, 8192, 65_507].filter(
      (bytes) => bytes <= subject.largestBytes,
    );
    for (const [at, bytes] of sizes.entries()) {
      device.send(message(at, bytes));
      const { address, data } = await until(() => report.heard[at], PATIENCE_MS, `${bytes} in`);
      expect(data).toEqual(asHeard(message(at, bytes)));
      link.send(address, message(at, bytes), ANSWER);
      const answer = await until(() => device.heard[at], PATIENCE_MS, `${bytes} out`);
      expect(answer).toEqual(asHeard(message(at, bytes)));
    }
    expect(report.said).toEqual([]);
  });

  it('keeps the order of each device, and what it has handed over stays as it was', async (context) => {
    const { report, site } = await started(subject, context);
    const devices = [await site.device(), await site.device()];
    for (const which of numbers(MESSAGES)) {
      devices[0]?.send(message(which));
      devices[1]?.send(message(100 + which));
    }
    await until(() => report.heard.length === 2 * MESSAGES, PATIENCE_MS, 'all of it');
    const addresses = new Set(report.heard.map(({ address }) => address));
    const heard = [...addresses].map((address) =>
      report.heard.filter((one) => one.address === address).map(({ data }) => data),
    );
    expect(heard).toHaveLength(2);
    expect(heard).toContainEqual(numbers(MESSAGES).map((which) => asHeard(message(which))));
    expect(heard).toContainEqual(numbers(MESSAGES).map((which) => asHeard(message(100 + which))));
  });

  it('answers each device alone, in order', async (context) => {
    const { link, report, site } = await started(subject, context);
    const first = await site.device();
    const second = await site.device();
    const toFirst = await addressOf(first, report, 1);
    const toSecond = await addressOf(second, report, 2);
    for (const which of numbers(MESSAGES)) {
      link.send(toFirst, message(which), ANSWER);
      link.send(toSecond, message(100 + which), ANSWER);
    }
    const isThere = (): boolean => first.heard.length + second.heard.length >= 2 * MESSAGES;
    await until(isThere, PATIENCE_MS, 'all answers');
    expect(first.heard.map((data) => data.at(-1))).toEqual(numbers(MESSAGES));
    expect(second.heard.map((data) => data.at(-1))).toEqual(numbers(MESSAGES).map((n) => 100 + n));
  });

  it('a message to everybody gets to everybody, or to nobody, and is no fault', async (context) => {
    const { link, report, site } = await started(subject, context);
    const devices = [await site.device(), await site.device()];
    link.send(null, message(1), ANSWER);
    if (subject.canBroadcast)
      for (const { heard } of devices)
        await until(() => heard.length > 0, PATIENCE_MS, 'the message to everybody');
    for (const [at, device] of devices.entries()) await works(link, report, device, 2 + at);
    expect(devices.map(({ heard }) => heard.filter((data) => data.at(-1) === 1).length)).toEqual(
      devices.map(() => (subject.canBroadcast ? 1 : 0)),
    );
    expect(report.said).toEqual([]);
  });

  it('what makes no sense hinders nothing', async (context) => {
    const { link, report, site } = await started(subject, context);
    const device = await site.device();
    await site.garble();
    await works(link, report, device, 21);
    await site.garble();
    await works(link, report, device, 22);
  });

  it('a device that floods it is heard in whole messages, and others after it', async (context) => {
    const { link, report, site } = await started(subject, context);
    const flooder = await site.device();
    for (const _ of numbers(FLOOD)) flooder.send(message(7, 100));
    await works(link, report, await site.device(), 8);
    const heard = report.heard.filter(({ data }) => data.at(-1) === 7);
    expect(heard.length).toBeGreaterThan(0);
    for (const { data } of heard) expect(data).toEqual(asHeard(message(7, 100)));
  });

  it('more than it can send does not hinder what comes later', async (context) => {
    const { link, report, site } = await started(subject, context);
    const device = await site.device();
    const address = await addressOf(device, report, 1);
    for (const _ of numbers(FLOOD)) link.send(address, message(7, 100), QOS_0);
    await works(link, report, device, 8);
    for (const data of device.heard.filter((one) => one.at(-1) === 7))
      expect(data).toEqual(asHeard(message(7, 100)));
  });

  it('addresses that are not its own are reported at most, never thrown', async (context) => {
    const { link, report, site } = await started(subject, context);
    STRANGE_ADDRESSES.forEach((address, at) => {
      expect(() => link.send(address, message(1), ANSWER, at)).not.toThrow();
    });
    await works(link, report, await site.device(), 2);
    allNamed(link, report);
  });

  it('what is too large is reported, never thrown', async (context) => {
    const { link, report, site } = await started(subject, context);
    const device = await site.device();
    const address = await addressOf(device, report, 1);
    expect(() => link.send(address, message(2, subject.largestBytes + 1), ANSWER, 5)).not.toThrow();
    await works(link, report, device, 3);
    expect(device.heard.filter((data) => data.length > subject.largestBytes)).toEqual([]);
    const reports = (): number => report.said.length + report.dropped;
    await until(() => reports() > 0, PATIENCE_MS, 'a report');
    expect(reports()).toBe(1);
    allNamed(link, report);
  });

  it('tells the core of each message that has a ref, once, if it is paced, and nothing else', async (context) => {
    const { link, report, site } = await started(subject, context);
    const device = await site.device();
    const address = await addressOf(device, report, 1);
    for (const ref of numbers(MESSAGES)) link.send(address, message(ref), ANSWER, ref);
    link.send(address, message(99), ANSWER);
    await until(() => device.heard.length > MESSAGES, PATIENCE_MS, 'the messages');
    await works(link, report, device, 100);
    expect(numbers(MESSAGES).map((ref) => report.transmitted(ref))).toEqual(
      numbers(MESSAGES).map(() => (subject.isPaced ? 1 : 0)),
    );
    if (!subject.isPaced) expect(report.events).toEqual([]);
  });

  it('that is not started, or is stopped, takes messages and says nothing', async (context) => {
    const { link, report, site } = await built(subject, context);
    link.send(null, message(1), ANSWER, 1);
    await link.start(report);
    const device = await site.device();
    const address = await addressOf(device, report, 1);
    link.send(address, message(2), ANSWER, 2);
    device.send(message(3));
    await link.stop();
    const before = told(report);
    link.send(address, message(4), ANSWER, 4);
    device.send(message(5));
    await site.garble();
    // Another link's traffic takes longer than anything that was under way.
    const other = await started(subject, context);
    await works(other.link, other.report, await other.site.device(), 6);
    expect(told(report)).toBe(before);
  });

  it('stops before it was started, while it starts, and again', async (context) => {
    const { link, report } = await built(subject, context);
    await link.stop();
    const { link: second, report: its } = await built(subject, context);
    const starting = second.start(its);
    await second.stop();
    await starting;
    await second.stop();
    await Promise.all([second.stop(), link.stop()]);
    expect([report, its].map(({ heard }) => heard)).toEqual([[], []]);
  });

  it('leaves no timer and no handle behind it', async (context) => {
    const { link, report } = await built(subject, context);
    const before = handles();
    await link.start(report);
    link.send(null, message(1), ANSWER, 1);
    await link.stop();
    const left = (): string[] => {
      const now = handles();
      return [...now.keys()].filter((kind) => (now.get(kind) ?? 0) > (before.get(kind) ?? 0));
    };
    // Those that are closed go with the next turns of the event loop.
    await until(() => left().length === 0, PATIENCE_MS, 'the end of all that it had').catch(() => {
      throw new Error(`left behind: ${left().join(', ')}`);
    });
  });

  it('two of them do not disturb each other', async (context) => {
    const one = await started(subject, context);
    const other = await started(subject, context);
    const device = await other.site.device();
    await works(one.link, one.report, await one.site.device(), 1);
    await works(other.link, other.report, device, 2);
    await one.link.stop();
    await works(other.link, other.report, device, 3);
    expect(other.report.heard.every(({ data }) => data.at(-1) !== 1)).toBe(true);
    expect(other.report.said).toEqual([]);
  });
});

describe.each(RADIO_SUBJECTS)('$name', (subject) => {
  it('whose port goes says so, and goes on when it is back', async (context) => {
    const { link, report, site } = await started(subject, context);
    const device = await site.device();
    const address = await addressOf(device, report, 1);
    for (const count of [1, 2]) {
      site.unplug();
      await until(() => report.count('LINK_PORT_LOST') === count, PATIENCE_MS, 'the warning');
      link.send(address, message(2), ANSWER, count);
      expect(report.transmitted(count)).toBe(1);
      await site.replug();
      await until(() => report.count('LINK_READY') === count, PATIENCE_MS, 'the end of it');
      await works(link, report, device, 10 + count);
    }
    expect(device.heard.filter((data) => data.at(-1) === 2)).toEqual([]);
    expect(report.events).toContainEqual(expect.objectContaining({ reason: 'link-down' }));
    expect(report.dropped).toBe(2);
    allNamed(link, report);
  });

  it('whose port is not there starts, says so once, and finds it later', async (context) => {
    const { link, report, site } = await built(subject, context);
    site.unplug();
    await link.start(report);
    expect(report.said.map(({ code }) => code)).toEqual(['LINK_PORT_UNAVAILABLE']);
    await site.replug();
    await until(() => report.count('LINK_READY') === 1, PATIENCE_MS, 'the port');
    await works(link, report, await site.device(), 1);
    expect(report.count('LINK_PORT_UNAVAILABLE')).toBe(1);
    allNamed(link, report);
  });
});

async function built<Site extends LinkSite>(
  subject: LinkSubject<Site>,
  context: TestContext,
): Promise<{ site: Site; link: Link; report: Report }> {
  if (subject.program !== undefined) need(context, subject.program);
  const site = await subject.build(cleanup);
  const { link } = site;
  cleanup.add(link, (one) => one.stop());
  return { site, link, report: new Report() };
}

async function started<Site extends LinkSite>(subject: LinkSubject<Site>, context: TestContext) {
  const all = await built(subject, context);
  await all.link.start(all.report);
  return all;
}

/** Again and again until it has come: what a flood has displaced a device repeats. */
async function repeated<T>(act: () => void, come: () => T | undefined, what: string): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    act();
    const found = await until(come, ATTEMPT_MS, what).catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new Error(`${what} does not come`);
}

/** Where a device is reached: as the link says when it has spoken. */
async function addressOf(device: LinkDevice, report: Report, which: number): Promise<string> {
  const heard = await repeated(
    () => device.send(message(which)),
    () => report.heard.find(({ data }) => data.at(-1) === which),
    `message ${which}`,
  );
  return heard.address;
}

/** Both ways; `which` is used once in a test. */
async function works(link: Link, report: Report, device: LinkDevice, which: number): Promise<void> {
  const address = await addressOf(device, report, which);
  await repeated(
    () => link.send(address, message(which), ANSWER),
    () => device.heard.find((data) => data.at(-1) === which),
    `answer ${which}`,
  );
}

/** Sockets hand over buffers. */
const asHeard = (data: Uint8Array): unknown => expect.objectContaining(data) as unknown;

const told = ({ heard, events, said }: Report): string =>
  JSON.stringify([heard.length, events, said]);

function allNamed(link: Link, { said }: Report): void {
  for (const { message: words } of said) expect(words).toContain(`link "${link.name}"`);
}

/** What keeps the process alive, by kind. */
function handles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
