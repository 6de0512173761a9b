/**
 * Messages to devices that may come in another place than their own. The broker has sent some again, because the gateway's process ended
 * before it had acknowledged them: both may be in the buffer then, and one too many of anything takes the older from its place, or a newer
 * message takes the place of one that is under way, because the process before has sent it. And what was dropped just before a kill the
 * disk may not know of: the next process has it still. What was dropped just before a connection is lost the broker may send again.
 */
import type { DropReason, Notice } from '../../../src/core/types.js';
import type { Scene } from '../watcher.js';
import { diskTakesLazilyMs } from './excuses/index.js';
import { commandIn, whoseCommands } from './support.js';

const TAKES_THE_PLACE: ReadonlySet<DropReason> = new Set(['buffer-full', 'replaced-by-newer']);

export class RepeatLedger {
  /** Texts that have come, and those that have come with DUP, by whom they are meant for: of a team another member may get them. */
  private readonly known = new Map<string, string[]>();
  private readonly repeated = new Map<string, string[]>();
  /** What may have been dropped, and when. */
  private dropped: { texts: readonly string[]; at: number }[] = [];
  private readonly late = new Set<string>();

  constructor(private readonly scene: Scene) {}

  wireIn(what: Uint8Array | string): void {
    const command = commandIn(what);
    if (command === undefined) return;
    const { device, text, isRepeated } = command;
    for (const texts of isRepeated ? [this.known, this.repeated] : [this.known])
      texts.set(device, [...(texts.get(device) ?? []), text]);
    if (isRepeated && this.dropped.some(({ texts }) => texts.includes(text))) this.late.add(text);
  }

  notice(notice: Notice): void {
    if (notice.notice !== 'drop' || !TAKES_THE_PLACE.has(notice.reason)) return;
    const meantFor = whoseCommands(notice.topic ?? '') ?? '';
    for (const text of this.repeated.get(meantFor) ?? []) this.late.add(text);
    this.dropped.push({ texts: this.known.get(meantFor) ?? [], at: this.scene.now() });
  }

  /** The gateway's process is killed. */
  killed(): void {
    const since = this.scene.now() - diskTakesLazilyMs(this.scene);
    for (const { texts, at } of this.dropped)
      if (at >= since) for (const text of texts) this.late.add(text);
    this.dropped = [];
  }

  mayComeLater(text: string): boolean {
    return this.late.has(text);
  }
}
