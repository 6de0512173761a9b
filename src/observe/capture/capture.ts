/**
 * Frames for people: live, and of the latest minutes. Whoever reads too slowly loses frames, is told how many, and holds
 * nothing up.
 */
import { setImmediate } from 'node:timers/promises';
import type { Effect, Input } from '../../core/types.js';
import { eachFrame, type Frame } from './frame.js';
import { masked } from './mask.js';
import { Packets } from './packet.js';
import { FrameBlocks, fileHead, type Interface, statisticsBlock } from './pcapng.js';
import { FrameRing, type FrameWish, type NumberedFrame } from './ring.js';

export interface CaptureRequest {
  /** Names of links; undefined: all. */
  links?: readonly string[] | undefined;
  /** Begin with the frames of so many milliseconds before, as far as they are kept. */
  sinceMs: number;
  /** Go on with what comes, until the reader leaves or the gateway ends. */
  isLive: boolean;
  /** Without what messages say. */
  isMasked: boolean;
}

/** Which frames are kept for who comes later. */
export interface CaptureLimits {
  /** Milliseconds; older frames are not shown. 0: none is kept. */
  ageMs: number;
  /** Octets of memory. */
  bytes: number;
}

/** Each reader costs time for each frame. */
export const READERS_MAX = 4;

/** What waits for a reader, in octets, or one frame more: beyond it frames are left out. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;

/** Of that the past takes no more, so that there is room for what comes meanwhile. */
const PAST_BYTES_MAX = BACKLOG_BYTES_MAX / 2;

/** Frames are handed on so late at most: in one piece, for each piece has its price. */
const HAND_ON_MS = 50;

/** Of the past, frames that are written in one go: some milliseconds. */
const PIECE_FRAMES = 500;

/** And so many octets, or one frame more: large ones make small pieces. */
const PIECE_BYTES = 256 * 1024;

/** Readers hear something at least so often, so that nobody takes the connection for dead. */
const SIGN_OF_LIFE_MS = 10_000;

export class Capture {
  private readonly ring: FrameRing;
  private readonly readers = new Set<Reader>();

  /** `links` in the order of the configuration; `wallMs` gives milliseconds since 1970. */
  constructor(
    private readonly links: readonly Interface[],
    private readonly limits: CaptureLimits,
    private readonly wallMs: () => number,
  ) {
    this.ring = new FrameRing(limits.ageMs === 0 ? 0 : limits.bytes);
  }

  /** Sees what went into the core and what came out, and when. Octets are copied: their owners use them again. */
  step(input: Input, effects: readonly Effect[], wallMs: number): void {
    eachFrame(input, effects, wallMs, this.see);
  }

  /** A pcapng file; undefined when there are as many readers as may be. */
  open(application: string, request: CaptureRequest): ReadableStream<Uint8Array> | undefined {
    if (this.readers.size >= READERS_MAX) return undefined;
    const reader = new Reader(this.links, request, this.wallMs, () => this.readers.delete(reader));
    const sinceMs = Math.min(request.sinceMs, this.limits.ageMs);
    const past = sinceMs > 0 ? this.ring.since(this.wallMs() - sinceMs) : [];
    this.readers.add(reader);
    return reader.stream(application, past);
  }

  /** The frames that are kept and wished for, the latest first; to be taken at once. */
  latest(wish: FrameWish): Iterable<NumberedFrame> {
    return this.ring.latest(this.wallMs() - this.limits.ageMs, wish);
  }

  /** Of the latest that is kept. */
  get lastNumber(): number {
    return this.ring.lastNumber;
  }

  /** Files end, whole. */
  stop(): void {
    for (const reader of this.readers) reader.end();
  }

  private readonly see = (frame: Frame): void => {
    this.ring.add(frame);
    if (this.readers.size === 0) return;
    for (const reader of this.readers) reader.take(frame);
  };
}

class Reader {
  private readonly numbers: ReadonlyMap<string, number>;
  private readonly packets = new Packets();
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** What has come and is not handed on yet. */
  private readonly fresh = new FrameBlocks(this.packets);
  private readonly lost: number[];
  /** What has been before, as long as it has not been written. */
  private past: Iterator<Frame> | undefined;
  private handOn: NodeJS.Timeout | undefined;
  private signs: NodeJS.Timeout | undefined;

  constructor(
    private readonly links: readonly Interface[],
    private readonly request: CaptureRequest,
    private readonly wallMs: () => number,
    private readonly left: () => void,
  ) {
    this.numbers = new Map(links.map(({ name }, number) => [name, number]));
    this.lost = links.map(() => 0);
  }

  stream(application: string, past: Iterable<Frame>): ReadableStream<Uint8Array> {
    this.past = past[Symbol.iterator]();
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      this.controller = controller;
      controller.enqueue(fileHead(application, this.links));
    };
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: PAST_BYTES_MAX });
    const cancel = (): void => this.leave();
    return new ReadableStream({ start, pull: () => this.goOn(), cancel }, strategy);
  }

  /** The next piece of the past; others have their turn before it. Nobody asks again where nothing has come. */
  private async goOn(): Promise<void> {
    const { room } = this;
    while (this.past !== undefined && this.room === room) {
      await setImmediate();
      if (!this.writePiece()) this.begin();
    }
  }

  /** The past is over: what has come meanwhile follows it. */
  private begin(): void {
    if (this.controller === undefined) return;
    if (!this.request.isLive) {
      this.end();
      return;
    }
    this.flush();
    this.signs = setInterval(() => this.signOfLife(), SIGN_OF_LIFE_MS).unref();
  }

  /** false: there is no more. */
  private writePiece(): boolean {
    const { past } = this;
    if (past === undefined) return false;
    const blocks = new FrameBlocks(this.packets);
    for (let seen = 0; seen < PIECE_FRAMES && blocks.length < PIECE_BYTES; seen++) {
      const next = past.next();
      if (next.done) {
        this.past = undefined;
        break;
      }
      const link = this.linkOf(next.value);
      if (link !== undefined) blocks.add(this.shown(next.value), link);
    }
    this.handOver(blocks);
    return this.past !== undefined;
  }

  take(frame: Frame): void {
    if (!this.request.isLive) return;
    const link = this.linkOf(frame);
    if (link === undefined) return;
    if (this.room <= this.fresh.length) {
      this.lost[link] = (this.lost[link] ?? 0) + 1;
      return;
    }
    this.fresh.add(this.shown(frame), link);
    if (this.past === undefined) this.handOn ??= setTimeout(() => this.flush(), HAND_ON_MS);
  }

  /** Whole, also where a long past goes on: nobody waits for its reader, and then what has come since would leave a gap. */
  end(): void {
    if (!this.writePiece()) {
      this.flush();
      if (this.request.isLive) this.controller?.enqueue(this.statistics());
    }
    this.controller?.close();
    this.leave();
  }

  /** undefined: the reader does not want it. */
  private linkOf({ link }: Frame): number | undefined {
    const { links } = this.request;
    return links === undefined || links.includes(link) ? this.numbers.get(link) : undefined;
  }

  private shown(frame: Frame): Frame {
    return this.request.isMasked ? { ...frame, data: masked(frame.data) } : frame;
  }

  /** For what comes, in octets. */
  private get room(): number {
    const pastRoom = this.controller?.desiredSize ?? -Infinity;
    return pastRoom + BACKLOG_BYTES_MAX - PAST_BYTES_MAX;
  }

  private flush(): void {
    clearTimeout(this.handOn);
    this.handOn = undefined;
    this.handOver(this.fresh);
  }

  private handOver(blocks: FrameBlocks): void {
    if (blocks.length > 0) this.controller?.enqueue(blocks.take());
  }

  private signOfLife(): void {
    this.flush();
    if (this.room > 0) this.controller?.enqueue(this.statistics());
  }

  private statistics(): Uint8Array {
    const wallMs = this.wallMs();
    return Buffer.concat(this.lost.map((lost, link) => statisticsBlock(link, wallMs, lost)));
  }

  private leave(): void {
    this.past = undefined;
    clearTimeout(this.handOn);
    clearInterval(this.signs);
    this.controller = undefined;
    this.left();
  }
}
