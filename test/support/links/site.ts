/** What the contract of links needs of each kind: a link, and those on its other side. */
import type { Link } from '../../../src/links/link.js';
import type { Cleanup } from '../cleanup.js';
import type { need } from '../requirements.js';

export interface LinkSubject<Site extends LinkSite = LinkSite> {
  name: string;
  program?: Parameters<typeof need>[1];
  /** Sends one after the other, and tells about each. */
  isPaced: boolean;
  /** Largest message either way. */
  largestBytes: number;
  /** Whether a message to everybody gets to everybody. */
  canBroadcast: boolean;
  build(cleanup: Cleanup): Promise<Site>;
}

export interface LinkSite {
  /** Not started yet. */
  link: Link;
  /** One more device; the link has to be started. */
  device(): Promise<LinkDevice>;
  /** Sends octets that are no message. */
  garble(): Promise<void>;
}

/** Of a link whose port comes and goes. */
export interface PortSite extends LinkSite {
  unplug(): void;
  replug(): Promise<void>;
}

export interface LinkDevice {
  /** What has come from the link, in order. */
  readonly heard: Uint8Array[];
  send(message: Uint8Array): void;
}

const PUBLISH = 0x0c;
const SHORT_BYTES_MAX = 255;

/** PUBLISH at QoS 0 of so many octets, which depend on `which` and are of every value. */
export function message(which: number, bytes = 16): Uint8Array {
  const head = bytes > SHORT_BYTES_MAX ? [1, bytes >> 8, bytes & 0xff] : [bytes];
  const filling = Uint8Array.from({ length: bytes }, (_, at) => (at * 7 + which * 13) & 0xff);
  filling.set([...head, PUBLISH, 0, 0, 1, 0, 0]);
  filling[bytes - 1] = which;
  return filling;
}
