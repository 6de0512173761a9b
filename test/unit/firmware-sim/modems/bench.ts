import type { Air, AirFrame, Reception, Station } from '../../../../firmware-sim/air.js';
import type { VirtualModem } from '../../../../firmware-sim/modems/index.js';
import { Random } from '../../../../firmware-sim/random.js';
import { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';
import { fromHex, toHex } from '../../../support/hex.js';

const SEED = 7;

/** An air without loss whose frames all take the same time; tests say who acknowledges. */
class BenchAir implements Air {
  readonly lockMs = 0;
  readonly sent: AirFrame[] = [];
  frameMs = 50;
  acknowledges = true;
  isTaken = false;

  constructor(private readonly timeline: VirtualTimeline) {}

  transmit(_station: Station, frame: AirFrame, done: (acknowledged: boolean) => void): void {
    this.sent.push(frame);
    this.timeline.at(this.timeline.now() + this.frameMs, () => done(this.acknowledges));
  }

  airTimeMs(): number {
    return this.frameMs;
  }

  isBusy(): boolean {
    return this.isTaken;
  }
}

/** A modem on a bench: its host and its air in the hands of a test, under virtual time. */
export class Bench<M extends VirtualModem> {
  readonly timeline = new VirtualTimeline();
  readonly air = new BenchAir(this.timeline);
  readonly modem: M;
  private output = '';

  constructor(
    create: (setup: { timeline: VirtualTimeline; air: Air; random: Random }) => M,
    seed = SEED,
  ) {
    this.modem = create({
      timeline: this.timeline,
      air: this.air,
      random: new Random(seed),
    });
    this.modem.onOutput((octets) => {
      this.output += toHex(octets);
    });
    // Past every guard time.
    this.run(10_000);
  }

  run(ms: number): this {
    this.timeline.run(this.timeline.now() + ms);
    return this;
  }

  /** The host writes octets, as hexadecimal digits. */
  host(hex: string): this {
    this.modem.fromHost(fromHex(hex.replaceAll(' ', '')));
    return this;
  }

  /** The host writes text. */
  type(text: string): this {
    this.modem.fromHost(Uint8Array.from(Buffer.from(text, 'latin1')));
    return this;
  }

  /** Writes a command, waits, and returns what has been answered. */
  ask(line: string, waitMs = 30): string {
    this.takeText();
    return this.type(`${line}\r\n`).run(waitMs).takeText();
  }

  /** A packet comes from the air; its end is now. */
  hear(hex: string, frame: Partial<AirFrame> = {}, reception: Partial<Reception> = {}): this {
    const whole = { from: '', to: null, ...frame, payload: fromHex(hex) };
    this.modem.receive(whole, { rssiDbm: -60, snrDb: 7, lqi: 200, ...reception });
    return this;
  }

  /** What has come to the host since the last look, as hexadecimal digits. */
  take(): string {
    const output = this.output;
    this.output = '';
    return output;
  }

  /** The same as text. */
  takeText(): string {
    return Buffer.from(this.take(), 'hex').toString('latin1');
  }

  /** What went on the air since the last look: receiver and payload. */
  takeSent(): [string | null, string][] {
    return this.air.sent.splice(0).map(({ to, payload }) => [to, toHex(payload)]);
  }
}
