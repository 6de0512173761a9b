/** Whom the law's air time has kept from being heard of late: until its hour has passed a radio owes nobody an answer. */
import type { Notice } from '../../../src/core/types.js';
import type { Scene } from '../watcher.js';
import { type DevicePlan, periodMs } from './support.js';

/** A device that has had no answer tries again within its period, or within this time. */
const TRIES_AGAIN_MS = 180_000;

/** T_WAIT: who has heard "congestion" is silent for so long, and then until its period is over. */
const WAIT_MS = 300_000;

/** Why a CONNECT is refused: while a link is congested. */
const NO_AIR = /^the air of link /;

export class AirLedger {
  /**
   * Of each device, how long it may take to try again since the gateway has last told of a frame to it, or of a CONNECT of it,
   * that there was no air for. Its period comes on top.
   */
  private readonly silentUntil = new Map<string, number>();
  /** By link and address: to strangers the gateway speaks without knowing who they are. */
  private readonly clients = new Map<string, string>();

  constructor(private readonly scene: Scene) {}

  notice(notice: Notice): void {
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

  /** Whether what the device said last may be unanswered for want of air. */
  silences(plan: DevicePlan): boolean {
    const until = this.silentUntil.get(plan.id);
    return until !== undefined && this.scene.now() <= until + periodMs(plan);
  }

  private silence(client: string, forMs: number): void {
    const until = Math.max(this.silentUntil.get(client) ?? 0, this.scene.now() + forMs);
    this.silentUntil.set(client, until);
  }
}
