/** The drivers of the modems alone, without a port: octets in, datagrams out. */
import { Random } from '../firmware-sim/random.js';
import type { ModemInput } from '../src/modems/modem.js';
import { createModem } from '../src/modems/registry.js';
import { BAUD_RATE, SERIAL_KINDS, type SerialKind } from './serial-kinds.js';
import { SaturatedLine } from './serial-line.js';
import { median, type Row } from './table.js';

/** What a USB adapter gathers in 16 ms, and hands over at once. */
const CHUNK_BYTES = 184;
const CHUNK_MS = (CHUNK_BYTES * 10_000) / BAUD_RATE;
const CHUNKS = 6000;
const ROUNDS = 5;
/** A small part of the 2700 ns that eight saturated ports on a quarter of a core leave for each octet. */
const TARGET_NS = 100;
/** Longer than any start-up dialogue. */
const START_UP_MS = 120_000;

export function benchDrivers(): Row[] {
  return SERIAL_KINDS.map((kind) => {
    const frames = nsPerOctet(() => receiveFrames(kind)) - nsPerOctet(() => makeFrames(kind));
    const noise = nsPerOctet(() => receiveNoise(kind));
    return {
      what: kind.name,
      value: `${frames.toFixed(0)} ns, of noise ${noise.toFixed(0)} ns`,
      target: `< ${TARGET_NS} ns each`,
      met: frames < TARGET_NS && noise < TARGET_NS,
    };
  });
}

/** Of CPU, by a function that does something with `CHUNKS`. */
function nsPerOctet(work: () => void): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1000) / (CHUNKS * CHUNK_BYTES);
  });
  return median(rounds);
}

/** What has to be made before it can be received, and is no cost of a driver. */
function makeFrames(kind: SerialKind): void {
  const line = new SaturatedLine(kind);
  for (let chunk = 0; chunk < CHUNKS; chunk++) line.take(CHUNK_BYTES);
}

function receiveFrames(kind: SerialKind): void {
  const line = new SaturatedLine(kind);
  const driver = new Driver(kind, line);
  for (let chunk = 0; chunk < CHUNKS; chunk++) driver.receive(line.take(CHUNK_BYTES));
  driver.receive(line.takeRest());
  if (driver.datagrams !== line.frames) {
    throw new Error(`${kind.name}: ${driver.datagrams} datagrams of ${line.frames} frames`);
  }
}

const NOISE = new Random(1).octets(CHUNKS * CHUNK_BYTES);

function receiveNoise(kind: SerialKind): void {
  const line = new SaturatedLine(kind);
  const driver = new Driver(kind, line);
  for (let at = 0; at < NOISE.length; at += CHUNK_BYTES) {
    driver.receive(NOISE.subarray(at, at + CHUNK_BYTES));
    driver.answer();
  }
}

/** A driver under virtual time, after its start-up dialogue. */
class Driver {
  datagrams = 0;
  private readonly modem;
  private now = 0;

  constructor(
    kind: SerialKind,
    private readonly line: SaturatedLine,
  ) {
    this.modem = createModem(kind.settings);
    this.step({ kind: 'opened' });
    this.answer();
    this.advance(START_UP_MS);
  }

  receive(data: Uint8Array): void {
    this.advance(CHUNK_MS);
    this.step({ kind: 'received', data });
  }

  /** Until nothing is asked any more. */
  answer(): void {
    for (let said = this.line.takeAnswers(); said.length > 0; said = this.line.takeAnswers()) {
      for (const data of said) this.step({ kind: 'received', data });
    }
  }

  private step(input: ModemInput): void {
    for (const effect of this.modem.step(input, Math.floor(this.now))) {
      if (effect.kind === 'datagram') this.datagrams++;
      else if (effect.kind === 'write') this.line.hostWrites(effect.data);
    }
  }

  private advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const deadline = this.modem.nextDeadline();
      if (deadline === undefined || deadline > end) break;
      this.now = Math.max(this.now, deadline);
      this.step({ kind: 'deadline' });
      this.answer();
    }
    this.now = end;
  }
}
