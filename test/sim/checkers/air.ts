/**
 * Whom the law's air time has kept from being heard of late: until its hour has passed a radio owes nobody an answer. That the
 * hour may be used up is for the modem's own clock to say: a gateway that only believes so has no excuse.
 */
import type { Notice } from '../../../src/core/types.js';
import type { Scene, Watcher } from '../watcher.js';
import { diskLags } from './excuses/index.js';
import {
  BEGINNING,
  type DevicePlan,
  HOUR_MS,
  allowanceMs,
  isLimited,
  periodMs,
} from './support.js';

/** A device that has had no answer tries again within its period, or within this time. */
const TRIES_AGAIN_MS = 180_000;

/** T_WAIT: who has heard "congestion" is silent for so long, and then until its period is over. */
const WAIT_MS = 300_000;

/** Why a CONNECT is refused: while a link is congested. */
const NO_AIR = /^the air of link /;

/** The standing claim, after the first crash; and the claim of each. */
const STANDING = 0.25;
const CLAIM = 0.01;
/** From this share on messages have to wait: a fifth is kept for answers. Less what the longest frame needs. */
const FULL = 0.8 - 0.03;

export class AirLedger {
  /**
   * Of each device, how long it may take to try again since the gateway has last told of a frame to it, or of a CONNECT of it,
   * that there was no air for. Its period comes on top.
   */
  private readonly silentUntil = new Map<string, number>();
  /** Ends that could give no claim back. */
  private crashes = 0;
  private doesDiskFail = false;
  private isServing = false;
  /** A run has begun without the disk: all of the hour counts as spent. */
  private isUnknown = false;
  /** By link and address: to strangers the gateway speaks without knowing who they are. */
  private readonly clients = new Map<string, string>();

  constructor(private readonly scene: Scene) {}

  notice(notice: Notice): void {
    if (notice.notice === 'store') {
      this.doesDiskFail = !notice.up;
      if (!notice.up && !this.isServing) this.isUnknown = true;
    }
    const isNamed = notice.notice === 'transition' || notice.notice === 'refusal';
    if (isNamed && notice.client !== undefined) {
      this.clients.set(`${notice.link} ${notice.address}`, notice.client);
    }
    // "What goes first": early congestion. It need not be the device that the answer is sent to: a place may be another's.
    if (notice.notice === 'refusal' && notice.client !== undefined && NO_AIR.test(notice.why)) {
      this.silence(notice.client, WAIT_MS);
    }
    if (notice.notice !== 'drop' || notice.reason !== 'air-time-used-up') return;
    const client = notice.client ?? this.clients.get(`${notice.link} ${notice.address}`);
    if (client !== undefined) this.silence(client, TRIES_AGAIN_MS);
  }

  life(is: Parameters<NonNullable<Watcher['life']>>[0]): void {
    const isInVain = is === 'ended' && (this.doesDiskFail || diskLags(this.scene));
    if (is === 'killed' || isInVain) this.crashes += 1;
    if (is === 'begins') this.doesDiskFail = false;
    this.isServing = is === 'serves';
  }

  /** Whether what the device said last may be unanswered for want of air. */
  silences(plan: DevicePlan): boolean {
    const until = this.silentUntil.get(plan.id);
    return until !== undefined && this.scene.now() <= until + periodMs(plan) && this.mayBeUsedUp;
  }

  private get mayBeUsedUp(): boolean {
    if (!isLimited(this.scene)) return false;
    if (this.isUnknown) return true;
    const { crashes } = this;
    const claimed = crashes === 0 ? 0 : STANDING + crashes * CLAIM;
    const sentMs = Math.max(0, ...this.scene.worstHours().map(({ airTimeMs }) => airTimeMs));
    const countedMs = sentMs + this.swallowingMs;
    return countedMs / allowanceMs(this.scene) + BEGINNING + claimed >= FULL;
  }

  /** A modem that swallows what it is given counts for the gateway as one that sends: how long it has done so in the worst hour. */
  private get swallowingMs(): number {
    const times = this.scene.faults
      .filter(({ fault }) => fault.kind === 'modem' && fault.is !== 'mute')
      .map(({ from, to }) => ({ from, to: Math.min(to, this.scene.now()) }));
    const before = (end: number): number =>
      times
        .map(({ from, to }) => Math.min(to, end) - Math.max(from, end - HOUR_MS))
        .reduce((sum, ms) => sum + Math.max(0, ms), 0);
    return Math.max(0, ...times.map(({ to }) => before(to)));
  }

  private silence(client: string, forMs: number): void {
    const until = Math.max(this.silentUntil.get(client) ?? 0, this.scene.now() + forMs);
    this.silentUntil.set(client, until);
  }
}
