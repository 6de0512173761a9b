/** All devices in brief, kept as they are at the gateway for as long as somebody looks. */
import { useEffect, useState } from 'preact/hooks';
import type { DeviceRow } from '../../http/api/schema/devices.js';
import type { DevicesEvent } from '../../http/api/schema/events.js';
import type { State } from '../text/states.js';
import { type Api, type Failure, queryText } from './api.js';
import { Cell, useCell } from './cell.js';
import type { Feed } from './feed.js';
import { useLive } from './live.js';
import { asFailure } from './resource.js';

/** The head of a request may have 8 KiB at the gateway; cookie and browser need some of it. */
const QUERY_CHARACTERS_MAX = 4000;

/** Between two questions for all devices: with thousands of them each is work for the gateway. */
const ALL_EVERY_MS = 5000;

/** Devices that the page keeps: more would take a browser seconds to sort. */
const ROWS_MAX = 20_000;

/** Of one answer: as many as the gateway gives. */
const PAGE_ROWS = 10_000;

/** Who types is not done yet. */
const NARROWED_AFTER_MS = 300;

export type Rows = ReadonlyMap<string, DeviceRow>;

/** Which devices are looked for, as far as the gateway can tell them apart; empty: all. */
export interface Narrowing {
  /** In client id, link or address. */
  q?: string;
  state?: readonly State[];
}

const EVERYBODY: Narrowing = {};

export interface DeviceList {
  rows: Rows;
  /** Devices at the gateway that `narrowing` is for; more than the rows, where they are too many. */
  total: number;
  narrowing: Narrowing;
  /** All devices are too many for the page, so the gateway itself looks for those that are wanted. */
  isCut: boolean;
}

export class DeviceRows {
  readonly list = new Cell<DeviceList | undefined>(undefined);
  readonly failure = new Cell<Failure | undefined>(undefined);
  private readonly stale = new Set<string>();
  private isAllStale = true;
  private isAsking = false;
  private allDueAt = Number.NEGATIVE_INFINITY;
  private wanted = EVERYBODY;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly api: Pick<Api, 'devices'>,
    private readonly feed: Pick<Feed, 'onDevices'>,
  ) {}

  start(): void {
    this.unsubscribe = this.feed.onDevices((event) => this.onEvent(event));
    void this.refresh();
  }

  stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    clearTimeout(this.timer);
  }

  /** Only these are looked for. As long as all devices have room here, the gateway need not do it. */
  narrow(wanted: Narrowing): void {
    this.wanted = wanted;
    if (!this.isAnswered()) this.askAllIn(NARROWED_AFTER_MS);
  }

  private onEvent({ changed, gone, isAll }: DevicesEvent): void {
    this.isAllStale ||= isAll;
    // An answer that is under way may be older than the end of a device, and would bring it back.
    for (const client of [...changed, ...gone]) this.stale.add(client);
    this.patch([], gone);
    void this.refresh();
  }

  /** One question at a time: a slow connection gets fewer of them, not a queue. */
  private async refresh(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      while (this.isDue()) await this.askOnce();
      this.failure.set(undefined);
    } catch (error) {
      this.failure.set(asFailure(error));
      // What was asked for in vain may have been anything.
      this.isAllStale = true;
      this.allDueAt = Date.now() + ALL_EVERY_MS;
    } finally {
      this.isAsking = false;
    }
    this.refreshLater();
  }

  private isDue(): boolean {
    if (this.unsubscribe === undefined) return false;
    return this.isAllStale ? Date.now() >= this.allDueAt : this.stale.size > 0;
  }

  private refreshLater(): void {
    clearTimeout(this.timer);
    if (this.unsubscribe === undefined || !this.isAllStale) return;
    this.timer = setTimeout(() => void this.refresh(), this.allDueAt - Date.now());
  }

  private askAllIn(inMs: number): void {
    this.isAllStale = true;
    this.allDueAt = Date.now() + inMs;
    this.refreshLater();
  }

  private async askOnce(): Promise<void> {
    if (this.isAllStale) return this.askAll();
    const clients = firstOf(this.stale);
    for (const client of clients) this.stale.delete(client);
    const { devices } = await this.api.devices({ client: clients });
    const known = new Set(devices.map(({ client }) => client));
    this.patch(
      devices,
      clients.filter((client) => !known.has(client)),
    );
  }

  private async askAll(): Promise<void> {
    this.allDueAt = Date.now() + ALL_EVERY_MS;
    this.isAllStale = false;
    this.stale.clear();
    const wasCut = this.list.value?.isCut ?? false;
    const narrowing = wasCut ? this.wanted : EVERYBODY;
    const rows = new Map<string, DeviceRow>();
    let total: number;
    let offset = 0;
    do {
      const page = await this.api.devices({ ...narrowing, offset, limit: PAGE_ROWS });
      for (const row of page.devices) rows.set(row.client, row);
      total = page.total;
      offset += PAGE_ROWS;
    } while (offset < Math.min(total, ROWS_MAX));
    const isCut = isNarrow(narrowing) ? wasCut : total > ROWS_MAX;
    this.list.set({ rows, total, narrowing, isCut });
    // Who went between two pages has moved others from one to the other.
    this.isAllStale ||= rows.size < Math.min(total, ROWS_MAX);
    if (!this.isAnswered()) this.askAllIn(0);
  }

  /** Whether what is here is what is wanted, or has it. */
  private isAnswered(): boolean {
    const { isCut = false, narrowing } = this.list.value ?? {};
    return !isCut || isSame(narrowing, this.wanted);
  }

  private patch(changed: readonly DeviceRow[], gone: readonly string[]): void {
    const { value: list } = this.list;
    if (list === undefined || changed.length + gone.length === 0) return;
    const rows = new Map(list.rows);
    for (const client of gone) rows.delete(client);
    for (const row of changed) {
      if (rows.has(row.client) || rows.size < ROWS_MAX) rows.set(row.client, row);
      // That they are too many says the next answer, and how many they are.
      else this.isAllStale ||= !list.isCut;
    }
    this.list.set({ ...list, rows });
  }
}

/** Whether there are devices that `narrowing` is for, and have no room among the rows. */
export const hasOthers = ({ isCut, total }: DeviceList): boolean => isCut && total > ROWS_MAX;

const isNarrow = ({ q, state }: Narrowing): boolean => q !== undefined || state !== undefined;

/** Whether both ask for the same devices. */
export const isSame = (a: Narrowing | undefined, b: Narrowing): boolean =>
  a?.q === b.q && a?.state?.join() === b.state?.join();

/** As many as one request can name. */
function firstOf(clients: ReadonlySet<string>): string[] {
  const first: string[] = [];
  let characters = 0;
  for (const client of clients) {
    characters += queryText({ client: [client] }).length;
    if (characters > QUERY_CHARACTERS_MAX && first.length > 0) break;
    first.push(client);
  }
  return first;
}

/** The devices as they are now; undefined until they are known. `wanted`: the same object as long as it says the same. */
export function useDeviceList(wanted: Narrowing): {
  list: DeviceList | undefined;
  failure: Failure | undefined;
} {
  const { api, feed } = useLive();
  const [source] = useState(() => new DeviceRows(api, feed));
  useEffect(() => source.narrow(wanted), [source, wanted]);
  useEffect(() => {
    source.start();
    return () => source.stop();
  }, [source]);
  return { list: useCell(source.list), failure: useCell(source.failure) };
}
