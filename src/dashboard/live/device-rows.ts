/** All devices in brief, kept as they are at the gateway for as long as somebody looks. */
import { useEffect, useState } from 'preact/hooks';
import type { DeviceRow } from '../../http/api/schema/devices.js';
import type { DevicesEvent } from '../../http/api/schema/events.js';
import { type Api, type Failure, queryText } from './api.js';
import { Cell, useCell } from './cell.js';
import type { Feed } from './feed.js';
import { useLive } from './live.js';
import { asFailure } from './resource.js';

/** The head of a request may have 8 KiB at the gateway; cookie and browser need some of it. */
const QUERY_CHARACTERS_MAX = 4000;

/** Between two questions for all devices: with thousands of them each is work for the gateway. */
const ALL_EVERY_MS = 5000;

export type Rows = ReadonlyMap<string, DeviceRow>;

export class DeviceRows {
  readonly rows = new Cell<Rows | undefined>(undefined);
  readonly failure = new Cell<Failure | undefined>(undefined);
  private readonly stale = new Set<string>();
  private isAllStale = true;
  private isAsking = false;
  private allAskedAt = Number.NEGATIVE_INFINITY;
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
      this.allAskedAt = Date.now();
    } finally {
      this.isAsking = false;
    }
    this.refreshLater();
  }

  private isDue(): boolean {
    if (this.unsubscribe === undefined) return false;
    return this.isAllStale ? Date.now() >= this.allAskedAt + ALL_EVERY_MS : this.stale.size > 0;
  }

  private refreshLater(): void {
    clearTimeout(this.timer);
    if (this.unsubscribe === undefined || !this.isAllStale) return;
    const inMs = this.allAskedAt + ALL_EVERY_MS - Date.now();
    this.timer = setTimeout(() => void this.refresh(), inMs);
  }

  private async askOnce(): Promise<void> {
    if (this.isAllStale) {
      this.allAskedAt = Date.now();
      this.isAllStale = false;
      this.stale.clear();
      const { devices } = await this.api.devices();
      this.rows.set(new Map(devices.map((row) => [row.client, row])));
      return;
    }
    const clients = firstOf(this.stale);
    for (const client of clients) this.stale.delete(client);
    const { devices } = await this.api.devices(clients);
    const known = new Set(devices.map(({ client }) => client));
    this.patch(
      devices,
      clients.filter((client) => !known.has(client)),
    );
  }

  private patch(changed: readonly DeviceRow[], gone: readonly string[]): void {
    if (changed.length + gone.length === 0) return;
    const rows = new Map(this.rows.value);
    for (const client of gone) rows.delete(client);
    for (const row of changed) rows.set(row.client, row);
    this.rows.set(rows);
  }
}

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

/** The devices as they are now; undefined until they are known. */
export function useDeviceRows(): { rows: Rows | undefined; failure: Failure | undefined } {
  const { api, feed } = useLive();
  const [source] = useState(() => new DeviceRows(api, feed));
  useEffect(() => {
    source.start();
    return () => source.stop();
  }, [source]);
  return { rows: useCell(source.rows), failure: useCell(source.failure) };
}
