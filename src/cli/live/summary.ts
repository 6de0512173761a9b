/**
 * What the gateway does, in one line at the foot of a terminal, renewed once a second. Lines of the log that go to the same
 * terminal are written above it, so neither ever stands in the other.
 */
import { Writable } from 'node:stream';
import type { Totals } from '../../core/inspect/inspection.js';
import type { Readings } from '../../observe/counters.js';

/** What is shown. */
export interface Summarised {
  readonly counters: Readings;
  readonly inspect: { totals(): Totals };
  readonly linkNames: readonly string[];
  linkHealth(link: string): { readonly state: string } | undefined;
}

/** A terminal, as far as it is used here. */
export interface Screen {
  write(text: string): unknown;
  readonly columns: number;
}

const RENEWED_EVERY_MS = 1000;

/** Back to the beginning of the line, and nothing in it. */
const ERASE = '\r\u001b[2K';

/** Traffic since the latest look. */
interface Frames {
  received: number;
  sent: number;
}

export class Summary {
  /** For a log that goes to the same terminal. */
  readonly log = new Writable({
    decodeStrings: false,
    write: (lines: string | Buffer, _encoding, done) => {
      this.writeAbove(lines.toString());
      done();
    },
  });
  private timer: NodeJS.Timeout | undefined;
  private shown = '';
  private before: Frames = { received: 0, sent: 0 };

  constructor(private readonly screen: Screen) {}

  start(gateway: Summarised): void {
    this.before = framesOf(gateway.counters);
    this.timer = setInterval(() => this.renew(gateway), RENEWED_EVERY_MS).unref();
    this.renew(gateway);
  }

  /** The line is gone. */
  stop(): void {
    clearInterval(this.timer);
    if (this.shown !== '') this.screen.write(ERASE);
    this.shown = '';
  }

  renew(gateway: Summarised): void {
    const frames = framesOf(gateway.counters);
    const line = lineOf(gateway, frames, this.before);
    this.before = frames;
    // A longer one would be broken, and only its end erased.
    this.shown = line.slice(0, Math.max(0, this.screen.columns - 1));
    this.screen.write(ERASE + this.shown);
  }

  private writeAbove(lines: string): void {
    this.screen.write(this.shown === '' ? lines : ERASE + lines + this.shown);
  }
}

function lineOf(gateway: Summarised, now: Frames, before: Frames): string {
  const { counters } = gateway;
  const { sessions, buffered } = gateway.inspect.totals();
  const down = gateway.linkNames.filter((name) => gateway.linkHealth(name)?.state === 'down');
  const states = Object.entries(sessions).filter(([, number]) => number > 0);
  return [
    counters.isBrokerUp ? 'broker connected' : 'BROKER AWAY',
    counters.isStoreUp ? [] : 'STORE FAILING',
    down.length === 0 ? [] : `DOWN: ${down.join(', ')}`,
    states.map(([state, number]) => `${number} ${state}`).join(', ') || 'no device',
    `in ${now.received - before.received}/s, out ${now.sent - before.sent}/s`,
    buffered.messages === 0 ? [] : `${buffered.messages} waiting`,
  ]
    .flat()
    .join(' | ');
}

function framesOf({ traffic }: Readings): Frames {
  const frames = { received: 0, sent: 0 };
  for (const { receivedFrames, sentFrames } of traffic.values()) {
    frames.received += receivedFrames;
    frames.sent += sentFrames;
  }
  return frames;
}
