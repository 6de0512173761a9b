/**
 * Frames of one rank that wait for one modem. Addresses take turns: the one whose turn was longest ago
 * comes first, of those that never had one the first come. Within an address the order of arrival holds.
 *
 * A turn is one frame, or (`hasWholeTurns`) all that waits for the address when it begins: sleepers who
 * get a bit at a time in turn would all stay awake until the last of them has everything.
 *
 * What `isFirst` goes before all of its address, and before all others: who waits for it hears nothing else
 * meanwhile. But not twice in a row, or a crowd of them would keep everybody from the answers themselves.
 */
import type { RadioFrame } from './frames.js';
import { TURNS_REMEMBERED_MAX } from './limits.js';

export interface Waiting {
  readonly frame: RadioFrame;
  readonly airMs: number;
  readonly since: number;
  /** In the order of arrival. */
  readonly serial: number;
  /** Random back-off. */
  readonly notBefore: number;
  /** Counted once as waiting for the allowance. */
  isDeferred: boolean;
  /** How often the modem was busy. */
  tries: number;
}

type Address = RadioFrame['address'];

interface WholeTurn {
  address: Address;
  upTo: number;
}

/** What the latest turn has changed. */
interface BeforeLatest {
  /** Of its address. */
  turn: number | undefined;
  latest: number;
  wasFirst: boolean;
  whole: WholeTurn | undefined;
}

/** The number of a turn that nobody remembers: longer ago than all others. */
const NEVER = 0;

/** The number of one that comes when nothing else waits. */
const LAST = Number.MAX_SAFE_INTEGER;

export class Rank {
  /** Of each address in the order of arrival. */
  private readonly waiting: Waiting[] = [];
  /** The number of the latest turn of each address, those of longest ago first. */
  private readonly turns = new Map<Address, number>();
  private latest = NEVER;
  private wasFirst = false;
  /** The latest whole turn: what arrived for this address up to this serial. */
  private whole: WholeTurn | undefined;
  /** For `putBack`. */
  private beforeLatest: BeforeLatest = {
    turn: undefined,
    latest: NEVER,
    wasFirst: false,
    whole: undefined,
  };

  constructor(private readonly hasWholeTurns: boolean) {}

  get latestTurn(): number {
    return this.latest;
  }

  /** All that waits, of each address in the order of arrival. */
  get frames(): readonly Waiting[] {
    return this.waiting;
  }

  /** Those that have nothing of their address before them. */
  heads(): Waiting[] {
    const addresses = new Set<Address>();
    return this.waiting.filter(({ frame: { address } }) => {
      if (addresses.has(address)) return false;
      addresses.add(address);
      return true;
    });
  }

  /** Whether the turn of the first head comes before that of the second. */
  precedes(one: Waiting, other: Waiting): boolean {
    return (this.placeOf(one) - this.placeOf(other) || one.serial - other.serial) < 0;
  }

  /** What goes before a new frame, unless somebody comes later whose turn is sooner. */
  aheadOf({ address, isFirst }: Pick<RadioFrame, 'address' | 'isFirst'>): Waiting[] {
    // Those that are first, too, and one of the others after each.
    if (isFirst) return this.waiting.slice(0, 2 * this.firsts + Number(this.wasFirst));
    const own = this.waiting.filter(({ frame }) => frame.address === address);
    // Those before it in its own turn, or in the turns before.
    const turnsBefore = this.hasWholeTurns
      ? Number(own.some((one) => this.isInWhole(one)))
      : own.length;
    const [first] = own;
    /** Of each other address: how many of its frames come before, and how many there have been. */
    const others = new Map<Address, { turns: number; count: number }>();
    return this.waiting.filter((one) => {
      const other = one.frame.address;
      if (other === address || one.frame.isFirst || this.isInWhole(one)) return true;
      const known = others.get(other) ?? {
        turns: turnsBefore + Number(this.isSooner(one, address, first)),
        count: 0,
      };
      others.set(other, known);
      if (this.hasWholeTurns) return known.turns > 0;
      return known.count++ < known.turns;
    });
  }

  add(waiting: Waiting): void {
    this.waiting.splice(waiting.frame.isFirst ? this.firsts : this.waiting.length, 0, waiting);
  }

  /** Takes a head out: it has this turn, later than all before. */
  take(waiting: Waiting, turn: number): void {
    const { address } = waiting.frame;
    const { latest, wasFirst, whole } = this;
    this.beforeLatest = { turn: this.turns.get(address), latest, wasFirst, whole };
    const isUnderWay = this.waiting.some((one) => this.isInWhole(one));
    this.remove(waiting);
    if (this.hasWholeTurns && !isUnderWay) {
      this.whole = {
        address,
        upTo: this.waiting.findLast(({ frame }) => frame.address === address)?.serial ?? NEVER,
      };
    }
    this.latest = turn;
    this.wasFirst = waiting.frame.isFirst === true;
    // It is no turn of its address: the answer comes after it.
    if (!this.wasFirst) this.remember(address, turn);
  }

  /** Undoes the latest `take`: it was no turn. */
  putBack(waiting: Waiting): void {
    this.waiting.splice(waiting.frame.isFirst ? 0 : this.firsts, 0, waiting);
    const { turn, latest, wasFirst, whole } = this.beforeLatest;
    if (turn === undefined) this.turns.delete(waiting.frame.address);
    else this.remember(waiting.frame.address, turn);
    this.latest = latest;
    this.wasFirst = wasFirst;
    this.whole = whole;
  }

  /** Takes a frame out that will not be sent. */
  remove(waiting: Waiting): void {
    this.waiting.splice(this.waiting.indexOf(waiting), 1);
  }

  /** Moves a frame behind all of its address, unless it is there; false: it does not wait here. */
  renew(id: number, expiresAt: number, serial: number): boolean {
    const at = this.waiting.findIndex(({ frame }) => frame.id === id);
    const old = this.waiting[at];
    if (old === undefined) return false;
    const frame = { ...old.frame, expiresAt };
    const isLast = this.waiting.findLast((one) => one.frame.address === frame.address) === old;
    if (isLast) {
      this.waiting[at] = { ...old, frame };
    } else {
      this.waiting.splice(at, 1);
      this.waiting.push({ ...old, frame, serial });
    }
    return true;
  }

  /** Of the address with the most frames, beyond those of this one and one more: the latest first. */
  surplus(address: Address): Waiting[] {
    const byAddress = new Map<Address, Waiting[]>();
    for (const one of this.waiting) {
      const frames = byAddress.get(one.frame.address);
      if (frames) frames.push(one);
      else byAddress.set(one.frame.address, [one]);
    }
    let most: Waiting[] = [];
    for (const frames of byAddress.values()) if (frames.length > most.length) most = frames;
    const own = byAddress.get(address)?.length ?? 0;
    return most.slice(own + 1).toReversed();
  }

  /** How many wait that are first. */
  private get firsts(): number {
    return this.waiting.filter(({ frame }) => frame.isFirst).length;
  }

  /** Whether the turn of a head comes before that of an address, of which that one waits first, if any. */
  private isSooner(head: Waiting, address: Address, first: Waiting | undefined): boolean {
    const later = this.turnOf(address) - this.turnOf(head.frame.address);
    return later > 0 || (later === 0 && (first === undefined || head.serial < first.serial));
  }

  private placeOf(waiting: Waiting): number {
    if (waiting.frame.isFirst) return this.wasFirst ? LAST : NEVER - 1;
    return this.isInWhole(waiting) ? NEVER - 1 : this.turnOf(waiting.frame.address);
  }

  private turnOf(address: Address): number {
    return this.turns.get(address) ?? NEVER;
  }

  private isInWhole({ frame, serial }: Waiting): boolean {
    const { whole } = this;
    return whole !== undefined && frame.address === whole.address && serial <= whole.upTo;
  }

  private remember(address: Address, turn: number): void {
    this.turns.delete(address);
    this.turns.set(address, turn);
    if (this.turns.size <= TURNS_REMEMBERED_MAX) return;
    for (const oldest of this.turns.keys()) {
      this.turns.delete(oldest);
      break;
    }
  }
}
