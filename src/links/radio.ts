/**
 * Devices behind a radio modem on a port. The channel decides everything; this is its shell: it opens the
 * port and keeps it open, arms the channel's one timer, and turns what it says into events of a link.
 */
import type { LinkEvent, Urgency } from '../core/types.js';
import type { ChannelEffect, ChannelInput } from '../modems/channel-events.js';
import type { Channel } from '../modems/channel.js';
import type { Link, LinkEvents, LinkWarning } from './link.js';
import type { PortSource } from './port/port.js';
import { SupervisedPort } from './port/supervised-port.js';

export interface RadioLinkOptions {
  name: string;
  /** For the `ready` line, with its settings: "rn2483 868.1 MHz SF9". */
  modem: string;
  source: PortSource;
  channel: Channel;
  journal: ChannelJournal;
  /** The gateway's clock, in milliseconds. */
  now: () => number;
}

type Records = Extract<ChannelEffect, { kind: 'journal' }>['records'];

/** Keeps what the channel has to remember of its air time. */
export interface ChannelJournal {
  /** Calls back once it survives a crash; while the disk fails at once, and that says nothing. */
  keep(records: Records, kept: () => void): void;
  /**
   * Tells that the disk fails, now or later: before anybody is called back because of it. And that it works
   * again, once all that the channel has to remember is on it.
   */
  watch(tell: (works: boolean) => void): void;
}

/** Node's timers cannot wait longer; a later deadline is simply looked at again then. */
const TIMER_MS_MAX = 3_600_000;

/** A timer that fires so late shows that the gateway was busy with something else. */
const LATE_MS = 5;

/** Octets that have waited meanwhile are read within this time. */
const CATCH_UP_MS = 20;

/** Discarded octets are reported at most so often: noise on the air is no flood on the SD card. */
const NOISE_INTERVAL_MS = 60_000;

export class RadioLink implements Link {
  readonly name: string;
  private readonly port: SupervisedPort;
  private events: LinkEvents | undefined;
  private timer: NodeJS.Timeout | undefined;
  private catchUp: NodeJS.Timeout | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private isStopped = false;
  private isReady = false;
  /** Somebody waits until no device waits any more. */
  private onDrained: (() => void) | undefined;
  /** What the operator was told, by code, and may be over. */
  private readonly troubles = new Map<LinkWarning, string>();
  private noise = { bytes: 0, why: new Set<string>(), reportAt: 0 };

  constructor(private readonly options: RadioLinkOptions) {
    this.name = options.name;
    this.port = new SupervisedPort(options.source, {
      opened: () => this.step({ kind: 'opened' }),
      received: (data, line) =>
        this.step(
          line === undefined ? { kind: 'received', data } : { kind: 'received', data, line },
        ),
      lost: (why) => this.onLost(why),
      problem: (message) => this.trouble('LINK_PORT_UNAVAILABLE', message),
      trusted: () => this.sayThatItWorks(),
    });
  }

  get description(): string {
    const { modem, source } = this.options;
    return `${this.name} ${modem} ${source.name}`;
  }

  /** A port that is not there yet does not keep the gateway from starting: it may be plugged in any time. */
  async start(events: LinkEvents): Promise<void> {
    this.events = events;
    this.options.journal.watch((works) => this.step({ kind: 'store', works }));
    await this.port.start();
  }

  // Urgency of the core and Priority of the radio are one fact, as are their reasons to drop: neither may
  // import the other, so each says it in its own words, and here the compiler compares them.
  send(address: string | null, data: Uint8Array, urgency: Urgency, ref?: number): void {
    const chance = Math.random();
    this.step({
      kind: 'send',
      address,
      data,
      urgency,
      chance,
      ...(ref === undefined ? {} : { ref }),
    });
  }

  async drain(withinMs: number): Promise<void> {
    const { channel } = this.options;
    if (channel.owesAnswers) {
      await new Promise<void>((resolve) => {
        const patience = setTimeout(resolve, withinMs);
        this.onDrained = () => {
          clearTimeout(patience);
          resolve();
        };
      });
    }
    this.isStopped = true;
    for (const effect of channel.abandon()) this.apply(effect);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.catchUp);
    const records = this.options.channel.finish();
    if (records.length > 0) this.options.journal.keep(records, () => {});
    await this.port.stop();
  }

  private step(input: ChannelInput): void {
    if (this.isStopped) return;
    for (const effect of this.options.channel.step(input, this.options.now())) this.apply(effect);
    this.arm();
    if (this.onDrained && !this.options.channel.owesAnswers) this.onDrained();
  }

  private apply(effect: ChannelEffect): void {
    switch (effect.kind) {
      case 'write':
        this.port.write(effect.data);
        return;
      case 'datagram':
        this.events?.datagram(effect.address, effect.data, effect.reception);
        return;
      case 'transmitted':
        this.tell({
          event: 'transmitted',
          ref: effect.ref,
          answerMs: effect.answerMs,
          failed: effect.failed,
        });
        return;
      case 'dropped': {
        const { kind: event, ...what } = effect;
        this.tell({ event, ...what });
        return;
      }
      case 'congestion':
        this.tell({ event: 'congestion', isCongested: effect.isCongested });
        return;
      case 'journal': {
        const { number, records } = effect;
        this.options.journal.keep(records, () => {
          if (number !== undefined) this.step({ kind: 'committed', number });
        });
        return;
      }
      case 'allowance':
        this.onAllowance(effect);
        return;
      case 'state':
        this.isReady = effect.state === 'ready';
        if (this.isReady) this.onReady();
        return;
      case 'problem':
        this.trouble(effect.code, effect.message);
        return;
      case 'discarded':
        this.onNoise(effect.bytes, effect.why);
        return;
      case 'reopen':
        void this.port.reopen(effect.why);
        return;
      default:
        effect satisfies never;
    }
  }

  private tell(event: LinkEvent): void {
    this.events?.told(event);
  }

  private onLost(why: string): void {
    this.step({ kind: 'closed' });
    this.trouble(
      'LINK_PORT_LOST',
      `${this.options.source.name} is gone (${why}); it is opened again as soon as it is back`,
    );
  }

  private onReady(): void {
    this.tell({ event: 'ready' });
    this.sayThatItWorks();
  }

  private sayThatItWorks(): void {
    if (!this.isReady || !this.port.isTrusted || this.troubles.size === 0) return;
    this.troubles.clear();
    this.events?.info('LINK_READY', `link "${this.name}": the modem works`);
  }

  private trouble(code: LinkWarning, message: string): void {
    // One attempt after the other that ends the same way is no news.
    if (!this.isReady && this.troubles.get(code) === message) return;
    this.troubles.set(code, message);
    this.events?.warning(code, `link "${this.name}": ${message}`);
  }

  private onAllowance({ usableMs, limitMs }: Extract<ChannelEffect, { kind: 'allowance' }>): void {
    const { name, events } = this;
    if (usableMs === limitMs) {
      events?.info('LINK_AIR_TIME_RESTORED', `link "${name}": its air time is kept on disk again`);
      return;
    }
    const [usableSec, limitSec] = [usableMs / 1000, limitMs / 1000];
    events?.warning(
      'LINK_AIR_TIME_REDUCED',
      `link "${name}": until its air time can be kept on disk it uses ${usableSec} s of an hour, not ${limitSec} s; a restart would forget the rest`,
    );
  }

  private onNoise(bytes: number, why: string): void {
    const { noise } = this;
    noise.bytes += bytes;
    noise.why.add(why);
    const now = this.options.now();
    if (now < noise.reportAt) return;
    this.events?.warning(
      'LINK_NOISE',
      `link "${this.name}": ${noise.bytes} octets made no sense (${[...noise.why].join(', ')})`,
    );
    this.noise = { bytes: 0, why: new Set(), reportAt: now + NOISE_INTERVAL_MS };
  }

  /** A timer that fires too early costs a look; only an earlier deadline needs a new one. */
  private arm(): void {
    // Whatever comes in meanwhile puts a step that is due off no further.
    if (this.catchUp !== undefined) return;
    const next = this.options.channel.nextDeadline();
    if (next === undefined || (this.timer !== undefined && this.timerAt <= next)) return;
    clearTimeout(this.timer);
    this.timerAt = next;
    const delayMs = Math.min(Math.max(next - this.options.now(), 1), TIMER_MS_MAX);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      // What has come in meanwhile goes first: to the modem's driver a busy gateway is no pause on the line.
      const isLate = this.options.now() - next > LATE_MS;
      this.catchUp = setTimeout(
        () => {
          this.catchUp = undefined;
          this.step({ kind: 'deadline' });
        },
        isLate ? CATCH_UP_MS : 0,
      );
    }, delayMs);
  }
}
