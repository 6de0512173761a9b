import { describe, expect, it } from 'vitest';
import type { AirFrame, Station } from '../../../../firmware-sim/air.js';
import { LossMatrix, PathLoss } from '../../../../firmware-sim/radio/propagation.js';
import { type RadioOptions, VirtualRadio } from '../../../../firmware-sim/radio/virtual-radio.js';
import { Random } from '../../../../firmware-sim/random.js';
import { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';

class Ear implements Station {
  readonly heard: string[] = [];
  isListening = true;

  constructor(
    readonly id: string,
    readonly address = '',
    private readonly time?: VirtualTimeline,
  ) {}

  receive(frame: AirFrame): void {
    const text = new TextDecoder().decode(frame.payload);
    this.heard.push(this.time === undefined ? text : `${text} ${this.time.now()}`);
  }
}

/** Frames take 100 ms, everybody hears everybody equally well. */
function field(options: Partial<RadioOptions> = {}) {
  const time = new VirtualTimeline();
  const radio = new VirtualRadio({
    timeline: time,
    random: new Random(1),
    airTime: { kind: 'fixed', ms: 100 },
    propagation: new LossMatrix(),
    ...options,
  });
  const outcomes: boolean[] = [];
  const send = (at: number, from: Station, text: string, to: string | null = null): void => {
    const frame = { from: from.address, to, payload: new TextEncoder().encode(text) };
    time.at(at, () => radio.transmit(from, frame, (done) => outcomes.push(done)));
  };
  const ears = <T extends string[]>(...names: T) =>
    names.map((name) => {
      const ear = new Ear(name, '', time);
      radio.add(ear);
      return ear;
    }) as { [K in keyof T]: Ear };
  return { time, radio, send, ears, outcomes };
}

describe('the radio', () => {
  it('brings a frame to everybody else when its air time is over', () => {
    const { time, send, ears, outcomes } = field();
    const [a, b, c] = ears('a', 'b', 'c');
    send(50, a, 'x');
    time.run(149);
    expect([b.heard, outcomes]).toEqual([[], []]);
    time.run(1000);
    expect([a.heard, b.heard, c.heard]).toEqual([[], ['x 150'], ['x 150']]);
    expect(outcomes).toEqual([true]);
  });

  it('brings an addressed frame to its recipient, and to radios that take all', () => {
    const { time, radio, send } = field();
    const [a, b, c, all] = [new Ear('a', '1'), new Ear('b', '2'), new Ear('c', '3'), new Ear('d')];
    for (const ear of [a, b, c, all]) radio.add(ear);
    send(0, a, 'x', '2');
    time.run(1000);
    expect([b.heard, c.heard, all.heard]).toEqual([['x'], [], ['x']]);
  });

  it('loses what collides', () => {
    const { time, radio, send, ears } = field();
    const [a, b, c] = ears('a', 'b', 'c');
    send(0, a, 'x');
    send(99, b, 'y');
    time.run(1000);
    expect(c.heard).toEqual([]);
    expect(radio.statistics('c').lost.collision).toBe(2);
  });

  it('lets the stronger one survive when it is stronger by 6 dB', () => {
    const near = [{ from: 'a', to: 'c', lossRate: 0, lossDb: 84 }];
    const { time, radio, send, ears } = field({ propagation: new LossMatrix(near) });
    const [a, b, c] = ears('a', 'b', 'c');
    send(0, b, 'weak');
    send(50, a, 'strong');
    time.run(1000);
    expect(c.heard).toEqual(['strong 150']);
    expect(radio.statistics('c').lost.collision).toBe(1);
  });

  it('makes hidden stations collide only where both are heard', () => {
    const apart = [{ from: 'a', to: 'b', lossRate: 1 }];
    const { time, radio, send, ears } = field({
      propagation: new LossMatrix([...apart, { from: 'b', to: 'd', lossRate: 1 }]),
    });
    const [a, b, c, d] = ears('a', 'b', 'c', 'd');
    send(0, a, 'x');
    send(10, b, 'y');
    time.run(1000);
    expect(radio.isBusy(a)).toBe(false);
    expect([c.heard, d.heard]).toEqual([[], ['x 100']]);
  });

  it('is half duplex', () => {
    const apart = [{ from: 'a', to: 'c', lossRate: 1 }];
    const { time, radio, send, ears } = field({ propagation: new LossMatrix(apart) });
    const [a, b] = ears('a', 'b', 'c');
    send(0, a, 'x');
    send(50, b, 'y');
    send(120, a, 'z');
    time.run(1000);
    // b began to send while it heard x, and while it sent z began.
    expect(b.heard).toEqual([]);
    expect(radio.statistics('b').lost['half-duplex']).toBe(2);
  });

  it('sends what a station wants to send meanwhile afterwards, in order', () => {
    const { time, send, ears } = field();
    const [a, b] = ears('a', 'b');
    send(0, a, 'x');
    send(10, a, 'y');
    send(20, a, 'z');
    time.run(1000);
    expect(b.heard).toEqual(['x 100', 'y 200', 'z 300']);
  });

  it('is not heard by receivers that are off, or are switched off before its end', () => {
    const { time, radio, send, ears } = field();
    const [a, b, c] = ears('a', 'b', 'c');
    b.isListening = false;
    time.at(40, () => {
      b.isListening = true;
    });
    time.at(60, () => {
      c.isListening = false;
    });
    send(0, a, 'x');
    time.run(1000);
    expect([b.heard, c.heard]).toEqual([[], []]);
    expect(radio.statistics('b').lost.asleep).toBe(1);
  });

  it('reaches as far as the path loss lets it', () => {
    const propagation = new PathLoss({
      exponent: 3,
      lossAt1mDb: 31,
      shadowingDb: 0,
      random: new Random(1),
    });
    const { time, radio, send, ears } = field({
      propagation,
      airTime: {
        kind: 'lora',
        spreadingFactor: 9,
        bandwidthHz: 125_000,
        codingRate: 5,
        preambleSymbols: 8,
        explicitHeader: true,
        crc: true,
      },
    });
    const [a, b, c] = ears('a', 'b', 'c');
    propagation.place('a', { x: 0, y: 0 });
    propagation.place('b', { x: 1000, y: 0 });
    propagation.place('c', { x: 20_000, y: 0 });
    send(0, a, 'x');
    time.run(1000);
    expect([b.heard.length, c.heard.length]).toEqual([1, 0]);
    expect(radio.statistics('c').lost['too-weak']).toBe(1);
  });

  it('keeps the shadow of a path, in both directions and whoever else is there', () => {
    const shadowed = (seed: number): PathLoss => {
      const loss = new PathLoss({
        exponent: 3,
        lossAt1mDb: 31,
        shadowingDb: 6,
        random: new Random(seed),
      });
      loss.place('a', { x: 0, y: 0 });
      loss.place('b', { x: 100, y: 0 });
      return loss;
    };
    const loss = shadowed(1);
    expect(loss.path('a', 'b')).toEqual(loss.path('b', 'a'));
    expect(loss.path('a', 'b')).toEqual(shadowed(1).path('a', 'b'));
    expect(loss.path('a', 'b')).not.toEqual(shadowed(2).path('a', 'b'));
    expect(loss.path('a', 'nobody')).toBeUndefined();
  });

  it('loses, doubles and corrupts at given rates, the same for the same seed', () => {
    const run = (seed: number) => {
      const { time, radio, send, ears } = field({
        random: new Random(seed),
        faults: { loss: 0.2, duplication: 0.1, corruption: 0.1 },
      });
      const [a, b] = ears('a', 'b');
      for (let i = 0; i < 1000; i++) send(i * 200, a, `message ${i}`);
      time.run(300_000);
      return { heard: b.heard, statistics: radio.statistics('b') };
    };
    const { heard, statistics } = run(1);
    expect(statistics.lost.loss / 1000).toBeCloseTo(0.2, 1);
    expect(statistics.duplicates / 800).toBeCloseTo(0.1, 1);
    expect(statistics.corruptedFrames / 880).toBeCloseTo(0.1, 1);
    expect(heard).toHaveLength(1000 - statistics.lost.loss + statistics.duplicates);
    expect(run(1).heard).toEqual(heard);
    expect(run(2).heard).not.toEqual(heard);
  });

  it('can fail altogether, and come back', () => {
    const { time, radio, send, ears } = field();
    const [a, b] = ears('a', 'b');
    send(0, a, 'x');
    send(200, a, 'y');
    radio.faults.outage = true;
    time.run(150);
    radio.faults.outage = false;
    time.run(1000);
    expect(b.heard).toEqual(['y 300']);
  });

  it('is busy while a station that can be heard is sending', () => {
    const { time, radio, send, ears } = field();
    const [a, b] = ears('a', 'b');
    send(0, a, 'x');
    time.run(50);
    expect([radio.isBusy(b), radio.isBusy(a)]).toEqual([true, false]);
    time.run(100);
    expect(radio.isBusy(b)).toBe(false);
  });

  it('makes stations wait for each other where they listen before they talk', () => {
    const { time, send, ears } = field({
      listenBeforeTalk: { backoffMsMax: 200, attempts: 10 },
    });
    const [a, b, c] = ears('a', 'b', 'c');
    send(0, a, 'x');
    send(50, b, 'y');
    time.run(5000);
    expect(c.heard.map((text) => text[0])).toEqual(['x', 'y']);
  });
});

describe('the link layer', () => {
  const acknowledgements = { retries: 3, ackMs: 1, timeoutMs: 10 };

  it('tells that a frame has arrived', () => {
    const { time, radio, send, outcomes } = field({ acknowledgements });
    const [a, b] = [new Ear('a', '1'), new Ear('b', '2')];
    radio.add(a);
    radio.add(b);
    send(0, a, 'x', '2');
    time.run(1000);
    expect([b.heard, outcomes]).toEqual([['x'], [true]]);
  });

  it('acknowledges before it answers: the sender would not hear an answer earlier', () => {
    const { time, radio, send } = field({ acknowledgements });
    const a = new Ear('a', '1', time);
    const b: Station = {
      id: 'b',
      address: '2',
      isListening: true,
      receive: () => {
        const payload = new TextEncoder().encode('answer');
        radio.transmit(b, { from: '2', to: '1', payload }, () => {});
      },
    };
    radio.add(a);
    radio.add(b);
    send(0, a, 'x', '2');
    time.run(150);
    // 100 ms for the question, and 1 ms for its acknowledgement.
    expect(radio.isBusy(a)).toBe(true);
    time.run(1000);
    expect(a.heard).toEqual(['answer 201']);
  });

  it('tells after all its attempts that nobody has acknowledged', () => {
    const { time, radio, send, outcomes } = field({ acknowledgements });
    const a = new Ear('a', '1');
    radio.add(a);
    send(0, a, 'x', '2');
    time.run(1000);
    expect(outcomes).toEqual([false]);
    expect(radio.statistics('a')).toMatchObject({ sentFrames: 4, unacknowledged: 1 });
  });

  it('brings a frame twice when its acknowledgement was lost', () => {
    const { time, radio, send, outcomes } = field({ acknowledgements, faults: { loss: 0.3 } });
    const [a, b] = [new Ear('a', '1'), new Ear('b', '2')];
    radio.add(a);
    radio.add(b);
    for (let i = 0; i < 200; i++) send(i * 1000, a, `${i}`, '2');
    time.run(300_000);
    const { duplicates } = radio.statistics('b');
    expect(duplicates).toBeGreaterThan(20);
    expect(b.heard.length - new Set(b.heard).size).toBeLessThanOrEqual(duplicates);
    expect(b.heard.length).toBeGreaterThan(new Set(b.heard).size);
    expect(outcomes.filter((done) => done).length).toBeGreaterThan(180);
  });
});

describe('the account of air time', () => {
  it('knows the last hour, and the worst one so far', () => {
    const { time, radio, send, ears } = field({ airTime: { kind: 'fixed', ms: 60_000 } });
    const [a] = ears('a');
    for (let minute = 0; minute < 120; minute += 2) send(minute * 60_000, a, 'x');
    const statistics = radio.statistics('a');
    time.run(30_000);
    expect(statistics.lastHourMs(time.now())).toBe(30_000);
    time.run(60 * 60_000 + 30_000);
    // Half of the first frame has left the hour, half of the latest is in it.
    expect(statistics.lastHourMs(time.now())).toBe(30 * 60_000);
    time.run(130 * 60_000);
    expect(statistics.worstHourMs).toBe(30 * 60_000);
    expect(statistics.airTimeMs).toBe(60 * 60_000);
    time.run(200 * 60_000);
    expect(statistics.lastHourMs(time.now())).toBe(0);
  });

  it('finds the worst hour that any sliding window would find', () => {
    const { time, radio, send, ears } = field({ airTime: { kind: 'fixed', ms: 5000 } });
    const [a] = ears('a');
    const random = new Random(9);
    const frames: [number, number][] = [];
    let at = 0;
    for (let i = 0; i < 800; i++) {
      at += random.integer(5000, 40_000);
      frames.push([at, at + 5000]);
      send(at, a, 'x');
    }
    time.run(at + 10_000);
    const inHour = (end: number): number =>
      frames.reduce(
        (sum, [start, stop]) =>
          sum + Math.max(Math.min(stop, end) - Math.max(start, end - 3_600_000), 0),
        0,
      );
    let worst = 0;
    for (let end = 0; end < at; end += 1000) worst = Math.max(worst, inHour(end));
    expect(radio.statistics('a').worstHourMs).toBe(
      Math.max(worst, ...frames.map(([, end]) => inHour(end))),
    );
  });
});
