import { describe, expect, test } from 'vitest';
import { createVirtualModem } from '../../../../firmware-sim/modems/index.js';
import { PacedLine } from '../../../../firmware-sim/ports/line.js';
import { Random } from '../../../../firmware-sim/random.js';
import { fromHex, toHex } from '../../../support/hex.js';
import { Bench } from '../modems/bench.js';

interface Piece {
  at: number;
  hex: string;
}

/** A transparent bridge behind a line: what it hears comes to the host as it is. */
function line(baudRate: number, usbLatencyMs = 16) {
  const bench = new Bench((setup) => createVirtualModem('raw', setup));
  const pieces: Piece[] = [];
  const paced = new PacedLine(
    bench.modem,
    { timeline: bench.timeline, random: new Random(3), baudRate, usbLatencyMs },
    (octets) => pieces.push({ at: bench.timeline.now(), hex: toHex(octets) }),
  );
  const start = bench.timeline.now();
  return { bench, paced, pieces, start, write: (hex: string) => paced.hostWrites(fromHex(hex)) };
}

const LONG = `c8${'55'.repeat(199)}`;

describe('towards the host', () => {
  test('no octet comes before ten bits each have passed', () => {
    const { bench, pieces } = line(9600);
    let begin = 0;
    bench.modem.onOutput(() => {
      begin = bench.timeline.now();
    });
    bench.hear(LONG).run(1000);
    expect(pieces.map(({ hex }) => hex).join('')).toBe(LONG);
    let octets = 0;
    for (const { at, hex } of pieces) {
      octets += hex.length / 2;
      expect(at - begin).toBeGreaterThanOrEqual((octets * 10_000) / 9600 - 1e-3);
    }
    expect((pieces.at(-1)?.at ?? 0) - begin).toBeLessThan((200 * 10_000) / 9600 + 16);
  });

  test('pieces are as long as a USB adapter gathers: up to 16 ms', () => {
    const { bench, pieces } = line(115_200);
    bench.hear(LONG).run(1000);
    const sizes = pieces.map(({ hex }) => hex.length / 2);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(185);
  });

  test('without an adapter each octet comes alone', () => {
    const { bench, pieces } = line(9600, 0);
    bench.hear('0216').run(100);
    expect(pieces.map(({ hex }) => hex)).toEqual(['02', '16']);
  });

  test('two packets in a row are one stream', () => {
    const { bench, pieces } = line(9600);
    bench.hear(LONG).hear('0216').run(1000);
    expect(pieces.map(({ hex }) => hex).join('')).toBe(`${LONG}0216`);
  });
});

describe('towards the modem', () => {
  test('a frame goes on the air once its last octet is through', () => {
    const { bench, write } = line(9600);
    write(LONG);
    expect(bench.run(208).takeSent()).toEqual([]);
    expect(bench.run(1).takeSent()).toHaveLength(1);
  });

  test('a modem that looks for pauses sees none within a write', () => {
    for (const baudRate of [1200, 9600, 115_200]) {
      const bench = new Bench((setup) =>
        createVirtualModem('ebyte-transparent', { ...setup, baudRate }),
      );
      const options = { timeline: bench.timeline, random: new Random(1), baudRate };
      const paced = new PacedLine(bench.modem, options, () => {});
      paced.hostWrites(fromHex(LONG.slice(0, 100)));
      paced.hostWrites(fromHex(LONG.slice(100)));
      expect(bench.run(5000).takeSent()).toEqual([[null, LONG]]);
    }
  });
});

describe('unplugging', () => {
  test('what is on the line is lost, and nothing comes until it is plugged in', () => {
    const { bench, paced, pieces, write } = line(9600);
    bench.hear(LONG).run(50);
    write(LONG);
    bench.run(50);
    paced.unplug();
    const before = pieces.length;
    bench.run(1000).hear('0216').run(100);
    write('0216');
    bench.run(1000);
    expect(pieces).toHaveLength(before);
    expect(bench.takeSent()).toEqual([]);
    paced.plug();
    write('0216');
    expect(bench.run(100).takeSent()).toEqual([[null, '0216']]);
  });

  test('after exactly so many octets, in either direction', () => {
    for (const octets of [1, 7, 199]) {
      const { bench, paced, pieces } = line(115_200);
      paced.afterOctets('to-host', octets, () => paced.unplug());
      bench.hear(LONG).run(1000);
      expect(pieces.map(({ hex }) => hex).join('')).toBe(LONG.slice(0, 2 * octets));
    }
    const { bench, paced, write } = line(9600);
    paced.afterOctets('to-modem', 199, () => paced.unplug());
    write(LONG);
    expect(bench.run(1000).takeSent()).toEqual([]);
  });
});
