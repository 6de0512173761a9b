/**
 * `/api/events`: server-sent events. Who reads too slowly is cut, and comes back by itself (an EventSource does): then it
 * asks for everything anew, which is less than all that it has missed.
 */
import type { LogEntry } from '../../observe/log-book.js';
import type { ChangeReader } from '../../observe/changes.js';
import type { Watched } from '../observed.js';
import { Refusal } from '../problem.js';
import type { EVENTS } from './schema/events.js';
import type { DevicesEvent } from './schema/events.js';
import type { Overview } from './schema/overview.js';
import { isKnown } from './views/devices.js';
import { entryView } from './views/log.js';

/** Pages that follow at once: each costs time for each change. */
const READERS_MAX = 16;

/** Octets that wait for a reader; beyond it the reader is cut. */
const BACKLOG_BYTES_MAX = 256 * 1024;

/** Octets of client ids in one event, as JSON: more than that are not named, for one of a device may have 1.5 kB. */
const NAMED_BYTES_MAX = 64 * 1024;

/** Changes are gathered for so long. */
const TOLD_EVERY_MS = 1000;

/** Notices in that time; more are left out, which their numbers tell: a burst is no reason to cut who reads. */
const NOTICES_MAX = 100;

/** Readers hear something at least so often, so that nobody takes the connection for dead: in ticks of the above. */
const SIGN_OF_LIFE_TICKS = 10;

/** After so many ticks, an hour, a reader has to come again, and to be let in again. */
const TICKS_MAX = 3600;

/** How long an EventSource waits before it comes again, in milliseconds. */
const COMES_AGAIN_MS = 2000;

const HEADERS = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' };

export class Events {
  private readonly readers = new Set<Reader>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly gateway: Watched,
    private readonly overview: () => Overview,
  ) {}

  open(method: string): Response | Refusal {
    if (method === 'HEAD') return new Response(null, { headers: HEADERS });
    if (this.readers.size >= READERS_MAX) {
      return new Refusal('too-many-readers', 'as many pages follow as may at once; close one');
    }
    const reader = new Reader(this.gateway, () => this.leave(reader));
    this.readers.add(reader);
    this.timer ??= setInterval(() => this.tick(), TOLD_EVERY_MS).unref();
    const stream = reader.stream();
    reader.onOverview(this.overview());
    return new Response(stream, { headers: HEADERS });
  }

  stop(): void {
    for (const reader of this.readers) reader.end();
  }

  private tick(): void {
    const overview = this.overview();
    for (const reader of this.readers) reader.tick(overview);
  }

  private leave(reader: Reader): void {
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

class Reader {
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private readonly changes: ChangeReader;
  private readonly stopListening: () => void;
  /** The latest overview that was sent, but for its time. */
  private shown = '';
  private ticks = 0;
  /** Since the latest tick. */
  private notices = 0;
  private heardAt = 0;

  constructor(
    private readonly gateway: Watched,
    private readonly left: () => void,
  ) {
    const { watch } = gateway;
    this.changes = watch.changes.follow();
    this.stopListening = watch.log.listen((entry) => this.onEntry(entry));
  }

  stream(): ReadableStream<Uint8Array> {
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      this.controller = controller;
      this.write(`retry: ${COMES_AGAIN_MS}\n\n`);
    };
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: BACKLOG_BYTES_MAX });
    return new ReadableStream({ start, cancel: () => this.leave() }, strategy);
  }

  tick(overview: Overview): void {
    if (++this.ticks > TICKS_MAX) return this.end();
    this.notices = 0;
    this.onOverview(overview);
    const changed = this.changes.take();
    if (changed.length > 0) this.send('devices', devicesEvent(this.gateway, changed));
    if (this.ticks - this.heardAt >= SIGN_OF_LIFE_TICKS) this.write(':\n\n');
  }

  onOverview(overview: Overview): void {
    const text = JSON.stringify({ ...overview, nowMs: 0 });
    if (text === this.shown) return;
    this.shown = text;
    this.send('overview', overview);
  }

  end(): void {
    this.controller?.close();
    this.leave();
  }

  private onEntry(entry: LogEntry): void {
    if (entry.level === 'debug' || ++this.notices > NOTICES_MAX) return;
    this.send('notice', entryView(entry));
  }

  private send(event: keyof typeof EVENTS, data: object): void {
    this.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  private write(text: string): void {
    const { controller } = this;
    if (controller === undefined) return;
    const octets = Buffer.from(text);
    if ((controller.desiredSize ?? 0) < octets.length) return this.end();
    controller.enqueue(octets);
    this.heardAt = this.ticks;
  }

  private leave(): void {
    this.controller = undefined;
    this.changes.end();
    this.stopListening();
    this.left();
  }
}

function devicesEvent(gateway: Watched, changed: readonly string[] | 'all'): DevicesEvent {
  if (changed === 'all' || bytesOf(changed) > NAMED_BYTES_MAX) return ALL;
  const event: DevicesEvent = { changed: [], gone: [], isAll: false };
  for (const client of changed) event[isKnown(gateway, client) ? 'changed' : 'gone'].push(client);
  return event;
}

const bytesOf = (clients: readonly string[]): number => Buffer.byteLength(JSON.stringify(clients));

const ALL: DevicesEvent = { changed: [], gone: [], isAll: true };
