/**
 * What is remembered of devices for those who look on. It is made of what the core takes and gives, and is forgotten with
 * the device. A device whose session has ended with its connection (CleanSession=1) is the one that somebody looks for: it
 * is remembered a while, and so is one that was not let in.
 */
import type { Inspection } from '../../core/inspect/inspection.js';
import type { Effect, Input, Notice, Signal } from '../../core/types.js';
import type { LogEntry } from '../log-book.js';
import { Histories } from './history.js';
import { DeviceMemory } from './memory.js';
import type { PassedMessage } from './tracks.js';

/** Devices without a session that are remembered; the oldest makes room. */
const DEPARTED_MAX = 1000;
const REFUSED_MAX = 256;

/** New names among the refused in an interval; more are invented, and must not push out the one that somebody looks for. */
const REFUSED_NEW_MAX = 10;
const REFUSED_INTERVAL_MS = 10_000;

/** Why a session is ACTIVE whose CONNECT was accepted. */
const CONNECTED = 'connected';
/** Why somebody who was not let in will be. */
const APPROVED = 'approved';

export class DeviceMemories {
  private readonly memories = new Map<string, DeviceMemory>();
  private readonly departed = new Set<string>();
  private readonly refused = new Set<string>();
  private readonly histories = new Histories();
  private newlyRefused = { count: 0, untilMs: 0 };

  constructor(private readonly inspect: Inspection) {}

  get(client: string): DeviceMemory | undefined {
    return this.memories.get(client);
  }

  /** Devices that have no session. */
  *strangers(): Generator<[client: string, memory: DeviceMemory]> {
    for (const names of [this.departed, this.refused]) {
      for (const client of names) {
        const memory = this.memories.get(client);
        if (memory) yield [client, memory];
      }
    }
  }

  /** What went into the core and what came out; `speaker`: whose datagram it was. */
  step(input: Input, effects: readonly Effect[], speaker: string | undefined, atMs: number): void {
    const memory = speaker === undefined ? undefined : this.of(speaker);
    if (input.kind === 'datagram') {
      if (memory) this.onHeard(memory, input.signal, atMs);
    } else if (input.kind === 'upstream' && input.event.event === 'message') {
      const { event } = input;
      this.onMessage(this.of(event.client), atMs, 'down', event);
    }
    for (const effect of effects) {
      if (effect.kind !== 'upstream' || effect.request.op !== 'publish') continue;
      const { request } = effect;
      const { client } = request;
      if (client === null) continue;
      this.onMessage(client === speaker ? memory : this.of(client), atMs, 'up', request);
    }
  }

  private onHeard(memory: DeviceMemory, signal: Signal | undefined, atMs: number): void {
    memory.onHeard(atMs);
    if (signal) this.withHistory(memory, atMs).history?.signals.add({ atMs, signal });
  }

  private onMessage(
    memory: DeviceMemory | undefined,
    atMs: number,
    direction: PassedMessage['direction'],
    message: Omit<PassedMessage, 'atMs' | 'direction' | 'bytes'>,
  ): void {
    if (memory === undefined) return;
    const { track } = this.withHistory(memory, atMs);
    if (track !== undefined) this.histories.tracks.addMessage(track, atMs, direction, message);
  }

  /** From its first message, signal or line on, if there is room. */
  private withHistory(memory: DeviceMemory, atMs: number): DeviceMemory {
    if (memory.history === undefined) this.histories.give(memory, atMs);
    return memory;
  }

  /** `entry`: the same in words. */
  notice(notice: Notice, entry: LogEntry): void {
    if (!('client' in notice) || notice.client === undefined) return;
    const { client } = notice;
    if (notice.notice === 'forgotten') return this.forget(client);
    if (notice.notice === 'refusal' && !this.admits(notice, entry.atMs)) return;
    const memory = this.of(client, notice);
    if (memory === undefined) return;
    this.withHistory(memory, entry.atMs).add(entry);
    if (notice.notice === 'approval' && notice.isGiven && memory.state === 'REFUSED') {
      memory.change = { atMs: entry.atMs, why: APPROVED };
    }
    if (notice.notice === 'transition') this.onTransition(memory, notice, entry.atMs);
    else if (notice.notice === 'refusal') this.onRefusal(memory, notice, entry.atMs);
  }

  private onTransition(
    memory: DeviceMemory,
    { client, to, why, announcedSec, link, address }: Extract<Notice, { notice: 'transition' }>,
    atMs: number,
  ): void {
    memory.state = to;
    memory.change = { atMs, why, ...(announcedSec !== undefined && { announcedSec }) };
    if (link !== '') memory.place = { link, address };
    // It has been let in since.
    if (why === CONNECTED) memory.settle('REFUSED_CONNECT');
    this.refused.delete(client);
    this.departed.delete(client);
    if (!this.inspect.has(client)) this.add(this.departed, DEPARTED_MAX, client);
  }

  private onRefusal(
    memory: DeviceMemory,
    { request, client = '', why, link, address }: Extract<Notice, { notice: 'refusal' }>,
    atMs: number,
  ): void {
    if (request !== 'CONNECT' || this.inspect.has(client)) return;
    memory.state = 'REFUSED';
    memory.onHeard(atMs);
    memory.change = { atMs, why };
    memory.place = { link, address };
    this.departed.delete(client);
    this.refused.delete(client);
    this.add(this.refused, REFUSED_MAX, client);
  }

  /** Whether there is room for this name among the refused. */
  private admits({ client = '' }: Extract<Notice, { notice: 'refusal' }>, atMs: number): boolean {
    if (this.memories.has(client) || this.inspect.has(client)) return true;
    const { newlyRefused } = this;
    // Also when the clock was set back.
    if (
      Math.abs(newlyRefused.untilMs - atMs) > REFUSED_INTERVAL_MS ||
      atMs >= newlyRefused.untilMs
    ) {
      this.newlyRefused = { count: 1, untilMs: atMs + REFUSED_INTERVAL_MS };
      return true;
    }
    return newlyRefused.count++ < REFUSED_NEW_MAX;
  }

  private add(names: Set<string>, max: number, client: string): void {
    names.add(client);
    if (names.size <= max) return;
    for (const oldest of names) {
      this.forget(oldest);
      return;
    }
  }

  /** Nothing is remembered of it any more. */
  private forget(client: string): void {
    const memory = this.memories.get(client);
    if (memory) this.histories.release(memory);
    this.memories.delete(client);
    this.departed.delete(client);
    this.refused.delete(client);
  }

  /** A memory for whom there is a session, has just been one, or was not let in; of others nothing is remembered. */
  private of(client: string, notice?: Notice): DeviceMemory | undefined {
    const known = this.memories.get(client);
    if (known !== undefined) return known;
    const isNews = notice?.notice === 'transition' || (notice && isRefusedConnect(notice));
    if (!isNews && !this.inspect.has(client)) return undefined;
    const memory = new DeviceMemory(this.histories.tracks);
    this.memories.set(client, memory);
    return memory;
  }
}

const isRefusedConnect = (notice: Notice): boolean =>
  notice.notice === 'refusal' && notice.request === 'CONNECT';
