/** Whom the law's air time has kept from being heard of late: until its hour has passed a radio owes nobody an answer. */
import type { Notice } from '../../../src/core/types.js';
import type { Scene } from '../watcher.js';
import { type DevicePlan, periodMs } from './support.js';

/** A device that has had no answer tries again within its period, or within this time. */
const TRIES_AGAIN_MS = 180_000;

export class AirLedger {
  /** Of each device, when the gateway has last told of a frame to it that there was no air for. */
  private readonly silencedAt = new Map<string, number>();
  /** By link and address: to strangers the gateway speaks without knowing who they are. */
  private readonly clients = new Map<string, string>();

  constructor(private readonly scene: Scene) {}

  notice(notice: Notice): void {
    const isNamed = notice.notice === 'transition' || notice.notice === 'refusal';
    if (isNamed && notice.client !== undefined) {
      this.clients.set(`${notice.link} ${notice.address}`, notice.client);
    }
    if (notice.notice !== 'drop' || notice.reason !== 'air-time-used-up') return;
    const client = notice.client ?? this.clients.get(`${notice.link} ${notice.address}`);
    if (client !== undefined) this.silencedAt.set(client, this.scene.now());
  }

  /** Whether what the device said last may be unanswered for want of air. */
  silences(plan: DevicePlan): boolean {
    const at = this.silencedAt.get(plan.id);
    return at !== undefined && this.scene.now() - at <= periodMs(plan) + TRIES_AGAIN_MS;
  }
}
