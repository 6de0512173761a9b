import type { Readings } from '../../observe/counters.js';

/** How often the counters are read: rates are of the latest such time, and do not change meanwhile. */
const SAMPLED_EVERY_MS = 5000;

interface Rate {
  received: number;
  sent: number;
}

/** Frames per second of each link, of late. */
export class Rates {
  private timer: NodeJS.Timeout | undefined;
  private sampledAtMs: number;
  private counts: ReadonlyMap<string, Rate>;
  private rates: ReadonlyMap<string, Rate> = new Map();

  constructor(
    private readonly counters: Pick<Readings, 'traffic'>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.sampledAtMs = nowMs();
    this.counts = this.read();
  }

  start(): void {
    this.timer = setInterval(() => this.sample(), SAMPLED_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  sample(): void {
    const { counts: before, sampledAtMs } = this;
    this.counts = this.read();
    this.sampledAtMs = this.nowMs();
    const seconds = (this.sampledAtMs - sampledAtMs) / 1000;
    const rates = [...this.counts].map(([link, { received, sent }]): [string, Rate] => {
      const { received: receivedBefore = 0, sent: sentBefore = 0 } = before.get(link) ?? {};
      return [
        link,
        {
          received: perSecond(received - receivedBefore, seconds),
          sent: perSecond(sent - sentBefore, seconds),
        },
      ];
    });
    this.rates = new Map(rates);
  }

  of(link: string): Rate {
    return this.rates.get(link) ?? { received: 0, sent: 0 };
  }

  private read(): ReadonlyMap<string, Rate> {
    return new Map(
      [...this.counters.traffic].map(([link, { receivedFrames, sentFrames }]) => [
        link,
        { received: receivedFrames, sent: sentFrames },
      ]),
    );
  }
}

/** With two digits behind the point: more would change all the time and say nothing. */
const perSecond = (frames: number, seconds: number): number =>
  seconds <= 0 ? 0 : Math.round((frames / seconds) * 100) / 100;
