/** Whether each link works, by what the links tell. */
import type { LinkInfo, LinkWarning } from '../links/link.js';

export interface LinkHealth {
  /** `down`: nothing can come in or go out. */
  state: 'starting' | 'up' | 'down';
  /** Milliseconds since 1970. */
  sinceMs: number;
  trouble: { code: LinkWarning; message: string; atMs: number } | undefined;
}

/** What a warning says of its link. `passing`: it is about one moment. */
const MEANING: Record<LinkWarning, 'down' | 'lasting' | 'passing'> = {
  LINK_SEND_FAILED: 'passing',
  LINK_SOCKET_ERROR: 'passing',
  LINK_RECEIVE_BUFFER_SMALL: 'lasting',
  LINK_MULTICAST_FAILED: 'lasting',
  LINK_SOURCE_PORT_ZERO: 'passing',
  LINK_PORT_UNAVAILABLE: 'down',
  LINK_PORT_LOST: 'down',
  LINK_NOISE: 'passing',
  LINK_AIR_TIME_REDUCED: 'lasting',
  MODEM_SILENT: 'down',
  MODEM_WRONG_MODE: 'down',
  MODEM_WRONG_BAUD_RATE: 'down',
  MODEM_SETTING_REFUSED: 'down',
  MODEM_RESET: 'passing',
  MODEM_NETWORK_DOWN: 'down',
  MODEM_FAULT: 'lasting',
};

/** What each good news is the end of; null: of everything. */
const ENDS: Record<LinkInfo, LinkWarning | null> = {
  LINK_MULTICAST_JOINED: 'LINK_MULTICAST_FAILED',
  LINK_READY: null,
  LINK_AIR_TIME_RESTORED: 'LINK_AIR_TIME_REDUCED',
};

/** What was about one moment is shown so long. */
const PASSING_SHOWN_MS = 5 * 60_000;

export class LinkHealths {
  private readonly links: Map<string, LinkHealth>;

  /** `wallMs`: milliseconds since 1970. */
  constructor(
    names: Iterable<string>,
    private readonly wallMs: () => number,
  ) {
    const sinceMs = wallMs();
    this.links = new Map(
      [...names].map((name) => [name, { state: 'starting', sinceMs, trouble: undefined }]),
    );
  }

  of(link: string): LinkHealth | undefined {
    const health = this.links.get(link);
    const { trouble } = health ?? {};
    if (health === undefined || trouble === undefined) return health;
    const isOver =
      MEANING[trouble.code] === 'passing' && this.wallMs() - trouble.atMs > PASSING_SHOWN_MS;
    return isOver ? { ...health, trouble: undefined } : health;
  }

  onReady(link: string): void {
    this.become(link, 'up');
  }

  onWarning(link: string, code: LinkWarning, message: string): void {
    const health = this.links.get(link);
    if (health === undefined) return;
    const meaning = MEANING[code];
    if (meaning === 'down') this.become(link, 'down');
    const isWorse = health.trouble !== undefined && MEANING[health.trouble.code] === 'down';
    if (meaning === 'down' || !isWorse) health.trouble = { code, message, atMs: this.wallMs() };
  }

  onInfo(link: string, code: LinkInfo): void {
    const health = this.links.get(link);
    if (health === undefined) return;
    if (code === 'LINK_READY') this.become(link, 'up');
    if (ENDS[code] === null || ENDS[code] === health.trouble?.code) health.trouble = undefined;
  }

  private become(link: string, state: LinkHealth['state']): void {
    const health = this.links.get(link);
    if (health === undefined || health.state === state) return;
    health.state = state;
    health.sinceMs = this.wallMs();
  }
}
