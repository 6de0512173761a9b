/** `/api/events`: what changes, as it happens. */
import type { DevicesEvent } from '../../http/api/schema/events.js';
import type { LogEntry } from '../../http/api/schema/log.js';
import type { Overview } from '../../http/api/schema/overview.js';
import { Cell } from './cell.js';

/** A browser gives up after an answer such as 503: we ask again so much later. */
const RETRY_MS = 3000;
/** A page that is out of sight for so long follows no more: a browser has six connections for all pages of one gateway. */
const HIDDEN_MS = 15_000;

/** `since`: when the page was cut off, by the clock of the browser. `crowded`: as many pages follow as may. */
export type Connection =
  | { is: 'opening' }
  | { is: 'open' }
  | { is: 'lost'; since: number }
  | { is: 'crowded' };

type Listener<T> = (event: T) => void;

export class Feed {
  readonly connection = new Cell<Connection>({ is: 'opening' });
  readonly overview = new Cell<Overview | undefined>(undefined);
  private readonly deviceListeners = new Set<Listener<DevicesEvent>>();
  private readonly noticeListeners = new Set<Listener<LogEntry>>();
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private hasOpened = false;
  private hiding: ReturnType<typeof setTimeout> | undefined;
  private hiddenAt: number | undefined;

  /** `onRefused`: the gateway was reached, and does not want us now. */
  constructor(private readonly onRefused: () => void) {}

  start(): void {
    this.stop();
    document.addEventListener('visibilitychange', this.onVisibility);
    this.connect();
    if (document.visibilityState !== 'visible') this.hide();
  }

  private connect(): void {
    clearTimeout(this.retry);
    this.source?.close();
    const source = new EventSource('api/events');
    this.source = source;
    source.addEventListener('open', () => this.onOpen());
    source.addEventListener('error', () => this.onError(source));
    source.addEventListener('overview', ({ data }) => this.overview.set(parsed<Overview>(data)));
    source.addEventListener('devices', ({ data }) =>
      tell(this.deviceListeners, parsed<DevicesEvent>(data)),
    );
    source.addEventListener('notice', ({ data }) =>
      tell(this.noticeListeners, parsed<LogEntry>(data)),
    );
  }

  stop(): void {
    clearTimeout(this.retry);
    clearTimeout(this.hiding);
    this.hiddenAt = undefined;
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.source?.close();
    this.source = undefined;
  }

  /** Returns what ends it. After a gap it is told that all may have changed. */
  readonly onDevices = (listener: Listener<DevicesEvent>): (() => void) =>
    listen(this.deviceListeners, listener);

  /** Returns what ends it. */
  readonly onNotice = (listener: Listener<LogEntry>): (() => void) =>
    listen(this.noticeListeners, listener);

  /** The gateway answers, and has no place for who follows: this is so now, and all else may have changed. */
  lookAt(overview: Overview): void {
    // Meanwhile a place has become free, or nobody looks any more.
    if (this.source === undefined || this.connection.value.is === 'open') return;
    this.connection.set({ is: 'crowded' });
    this.overview.set(overview);
    tell(this.deviceListeners, { changed: [], gone: [], isAll: true });
  }

  /** The gateway does not answer either: something else has refused us in its place. */
  lose(): void {
    if (this.connection.value.is === 'crowded') {
      this.connection.set({ is: 'lost', since: Date.now() });
    }
  }

  private onOpen(): void {
    this.connection.set({ is: 'open' });
    if (this.hasOpened) tell(this.deviceListeners, { changed: [], gone: [], isAll: true });
    this.hasOpened = true;
  }

  private onError(source: EventSource): void {
    const isRefused = source.readyState === EventSource.CLOSED;
    const { is } = this.connection.value;
    if (is !== 'lost' && !(is === 'crowded' && isRefused)) {
      this.connection.set({ is: 'lost', since: Date.now() });
    }
    // Otherwise the browser tries again by itself.
    if (!isRefused) return;
    this.onRefused();
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), RETRY_MS);
  }

  private readonly onVisibility = (): void => {
    if (document.visibilityState !== 'visible') return this.hide();
    clearTimeout(this.hiding);
    // While the machine slept no timer ran, and the connection is most probably dead.
    const isLong = this.hiddenAt !== undefined && Date.now() - this.hiddenAt > HIDDEN_MS;
    this.hiddenAt = undefined;
    if (this.source === undefined || isLong) this.connect();
  };

  private hide(): void {
    this.hiddenAt ??= Date.now();
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => this.park(), HIDDEN_MS);
  }

  /** Until somebody looks again. */
  private park(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
    this.connection.set({ is: 'opening' });
  }
}

const parsed = <T>(data: unknown): T => JSON.parse(String(data)) as T;

function tell<T>(listeners: ReadonlySet<Listener<T>>, event: T): void {
  for (const listener of [...listeners]) listener(event);
}

function listen<T>(listeners: Set<Listener<T>>, listener: Listener<T>): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
