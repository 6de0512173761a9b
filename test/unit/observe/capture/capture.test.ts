import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { datagramIn } from '../../../../src/cli/capture/datagram.js';
import { readPcapng } from '../../../../src/cli/capture/pcapng.js';
import type { Input } from '../../../../src/core/types.js';
import { Capture, READERS_MAX } from '../../../../src/observe/capture/capture.js';

const LINKS = [
  { name: 'lan', description: 'udp' },
  { name: 'field', description: 'modem slip' },
];
const LIVE = { sinceMs: 0, isLive: true, isMasked: false };
const PAST = { sinceMs: 60_000, isLive: false, isMasked: false };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const newCapture = (bytes = 1_000_000): Capture =>
  new Capture(LINKS, { ageMs: 60_000, bytes }, () => Date.now());

const publish = (text: string): Uint8Array =>
  Uint8Array.from([7 + text.length, 0x0c, 0, 0, 1, 0, 0, ...Buffer.from(text)]);

const comes = (capture: Capture, text: string, link = 'lan'): void => {
  const input: Input = { kind: 'datagram', link, address: '7', data: publish(text) };
  capture.step(input, [], Date.now());
};

function opened(capture: Capture, request: Partial<Parameters<Capture['open']>[1]>) {
  const file = capture.open('test', { ...LIVE, ...request });
  if (file === undefined) throw new Error('there are too many readers');
  return file;
}

/** Everything that a file has, once it has ended. */
async function all(file: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What the messages of a file say. */
const texts = (file: Buffer): string[] =>
  [...(readPcapng(file) ?? [])].map((record) => {
    if (record.kind !== 'packet') throw new Error(`damaged: ${record.text}`);
    const { payload } = datagramIn(record.octets, record.linkType) ?? {};
    return Buffer.from(payload?.subarray(7) ?? []).toString();
  });

describe('a capture', () => {
  it('of the past has what was kept, and ends', async () => {
    const capture = newCapture();
    comes(capture, 'old');
    vi.advanceTimersByTime(50_000);
    comes(capture, 'young');
    expect(texts(await all(opened(capture, PAST)))).toEqual(['old', 'young']);
    expect(texts(await all(opened(capture, { ...PAST, sinceMs: 1000 })))).toEqual(['young']);
  });

  it('of the past shows nothing that is older than it may be, nor anything where none is kept', async () => {
    const capture = newCapture();
    comes(capture, 'old');
    vi.advanceTimersByTime(60_001);
    comes(capture, 'young');
    expect(texts(await all(opened(capture, { ...PAST, sinceMs: 600_000 })))).toEqual(['young']);
    const off = new Capture(LINKS, { ageMs: 0, bytes: 1000 }, () => Date.now());
    comes(off, 'one');
    expect(texts(await all(opened(off, PAST)))).toEqual([]);
  });

  it('goes on with what comes, after what was there, until the gateway ends', async () => {
    const capture = newCapture();
    comes(capture, 'before');
    const file = all(opened(capture, { sinceMs: 1000 }));
    comes(capture, 'one');
    vi.advanceTimersByTime(60_000);
    comes(capture, 'two');
    capture.stop();
    expect(texts(await file)).toEqual(['before', 'one', 'two']);
  });

  it('writes a long past in pieces, and what comes meanwhile behind it', async () => {
    const capture = newCapture();
    const before = Array.from({ length: 2000 }, (_, i) => `before ${i}`);
    for (const text of before) comes(capture, text);
    const reader = opened(capture, { sinceMs: 1000 }).getReader();
    const pieces: Uint8Array[] = [];
    const next = async (): Promise<void> =>
      void pieces.push((await reader.read()).value ?? Buffer.of());
    for (let i = 0; i < 3; i++) await next();
    comes(capture, 'meanwhile');
    for (let i = 0; i < 3; i++) await next();
    expect(texts(Buffer.concat(pieces))).toEqual([...before, 'meanwhile']);
  });

  it('keeps what comes for a reader who takes his time over a long past', async () => {
    const capture = newCapture(16_000_000);
    const before = Array.from({ length: 40_000 }, (_, i) => `before ${i}`);
    for (const text of before) comes(capture, text);
    const file = opened(capture, { sinceMs: 1000 });
    // In so many turns as much of the past is ready as may be.
    for (let i = 0; i < 100; i++) await setImmediate();
    const meanwhile = Array.from({ length: 100 }, (_, i) => `meanwhile ${i}`);
    for (const text of meanwhile) comes(capture, text);
    const pieces: Uint8Array[] = [];
    for await (const piece of file) {
      pieces.push(piece);
      if (Buffer.from(piece).includes('before 39999')) capture.stop();
    }
    expect(texts(Buffer.concat(pieces))).toEqual([...before, ...meanwhile]);
  });

  it('hands large frames on in small pieces', async () => {
    const capture = newCapture(16_000_000);
    const large = { kind: 'datagram', link: 'lan', address: '7', data: new Uint8Array(60_000) };
    for (let i = 0; i < 100; i++) capture.step(large as Input, [], Date.now());
    const lengths: number[] = [];
    for await (const { length } of opened(capture, PAST)) lengths.push(length);
    expect(lengths.length).toBeGreaterThan(20);
    expect(Math.max(...lengths)).toBeLessThan(400_000);
  });

  it('of a long past that nobody has read by then ends with the gateway, whole and at once', async () => {
    const capture = newCapture(16_000_000);
    const before = Array.from({ length: 20_000 }, (_, i) => `before ${i}`);
    for (const text of before) comes(capture, text);
    const files = [opened(capture, PAST), opened(capture, { sinceMs: 1000 })];
    comes(capture, 'meanwhile');
    capture.stop();
    for (const file of files) {
      const read = texts(await all(file));
      expect(read.length).toBeLessThan(1000);
      expect(read).toEqual(before.slice(0, read.length));
    }
  });

  it('finds the frames of one link among many of others', async () => {
    const capture = newCapture();
    comes(capture, 'first', 'field');
    for (let i = 0; i < 2000; i++) comes(capture, 'not this');
    comes(capture, 'last', 'field');
    const file = opened(capture, { ...PAST, links: ['field'] });
    expect(texts(await all(file))).toEqual(['first', 'last']);
  });

  it('hands a frame on soon, and says something when nothing comes', async () => {
    const capture = newCapture();
    const reader = opened(capture, LIVE).getReader();
    const head = await reader.read();
    comes(capture, 'one');
    vi.advanceTimersByTime(50);
    const piece = await reader.read();
    expect(texts(Buffer.concat([head.value ?? Buffer.of(), piece.value ?? Buffer.of()]))).toEqual([
      'one',
    ]);
    vi.advanceTimersByTime(10_000);
    expect((await reader.read()).value?.[0]).toBe(5);
  });

  it('has the links that were asked for', async () => {
    const capture = newCapture();
    const file = all(opened(capture, { links: ['field'] }));
    comes(capture, 'not this');
    comes(capture, 'this', 'field');
    capture.stop();
    expect(texts(await file)).toEqual(['this']);
  });

  it('hides what messages say where it is to', async () => {
    const capture = newCapture();
    comes(capture, 'secret');
    expect(texts(await all(opened(capture, { ...PAST, isMasked: true })))).toEqual(['******']);
    expect(texts(await all(opened(capture, PAST)))).toEqual(['secret']);
  });

  it('keeps octets that their owner uses again', async () => {
    const capture = newCapture();
    const data = Buffer.from(publish('mine'));
    capture.step({ kind: 'datagram', link: 'lan', address: '7', data }, [], Date.now());
    data.fill(0);
    expect(texts(await all(opened(capture, PAST)))).toEqual(['mine']);
  });

  it('leaves out what a reader is too slow for, tells how many, and costs no more memory', async () => {
    const capture = newCapture();
    const file = opened(capture, LIVE);
    const text = 'x'.repeat(200);
    for (let i = 0; i < 50_000; i++) {
      comes(capture, text);
      if (i % 1000 === 0) vi.advanceTimersByTime(50);
    }
    capture.stop();
    const read = await all(file);
    expect(read.length).toBeLessThan(5 * 1024 * 1024);
    // Of the first link: type, length, interface, time, then the option with the number.
    const statistics = read.subarray(read.length - 2 * 40);
    const lost = Number(statistics.readBigUInt64LE(24));
    expect(lost).toBeGreaterThan(10_000);
    expect(texts(read)).toHaveLength(50_000 - lost);
  });

  it('one too many is refused, until another one has left', async () => {
    const capture = newCapture();
    const files = Array.from({ length: READERS_MAX }, () => opened(capture, LIVE));
    expect(capture.open('test', LIVE)).toBeUndefined();
    expect(capture.open('test', PAST)).toBeUndefined();
    await files[0]?.cancel();
    expect(texts(await all(opened(capture, PAST)))).toEqual([]);
    const last = opened(capture, PAST);
    expect(capture.open('test', LIVE)).toBeUndefined();
    await all(last);
    expect(capture.open('test', LIVE)).toBeDefined();
  });
});
