/** Holds the reasons that drops are told with against the ledgers of a checker. */
import type { MessageDrop } from '../../../src/core/types.js';
import type { Scene, Watcher } from '../watcher.js';
import { goesWithEnd, honestOf } from './excuses/index.js';

export interface Drop {
  client: string;
  /** Of QoS 0 to the broker that does not wait none is told. */
  topic: string | undefined;
  /** How many were dropped for that reason, with this one. */
  count: number;
}

interface Told {
  reason: MessageDrop;
  client?: string;
  topic?: string;
}

/** Says why it cannot be so; undefined: it can. */
export type Judge = (drop: Drop) => string | undefined;

export class DropReasons {
  private readonly honest: ReadonlySet<string>;
  /** When they were told, by device, reason and perhaps topic. */
  private readonly times = new Map<string, number[]>();

  /** @param countedBy whether the drops of a device are counted together, or those of each of its topics */
  constructor(
    private readonly scene: Scene,
    private readonly judges: Partial<Record<MessageDrop, Judge>>,
    private readonly countedBy: 'device' | 'topic',
  ) {
    this.honest = new Set(honestOf(scene).map(({ id }) => id));
  }

  told({ reason, client = '', topic }: Told): void {
    if (!this.honest.has(client)) return;
    const key = [client, reason, ...(this.countedBy === 'topic' ? [topic] : [])].join(' ');
    const times = [...(this.times.get(key) ?? []), this.scene.now()];
    this.times.set(key, times);
    const objection = this.judges[reason]?.({ client, topic, count: times.length });
    if (objection === undefined) return;
    this.scene.report(`${client}: a message was dropped as ${reason}, and ${objection}`);
  }

  /** What was dropped just before the end of a process may wait again in the next one, and be dropped again. */
  life(is: Parameters<NonNullable<Watcher['life']>>[0]): void {
    if (is !== 'killed' && is !== 'ended') return;
    const isForgotten = goesWithEnd(this.scene, is);
    for (const [key, times] of this.times) {
      const left = times.filter((at) => !isForgotten(at));
      this.times.set(key, left);
    }
  }
}
