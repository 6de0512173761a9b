/**
 * Whose copy may stand for them: messages to devices that the broker has sent again, because the gateway's process ended before it had
 * acknowledged them. Both may be in the buffer then, and one too many of anything takes the older from its place. Or a newer message
 * takes the place of one that is under way: the process before has sent it.
 */
import type { DropReason, Notice } from '../../../src/core/types.js';
import { commandIn, whoseCommands } from './support.js';

const TAKES_THE_PLACE: ReadonlySet<DropReason> = new Set(['buffer-full', 'replaced-by-newer']);

export class RepeatLedger {
  /** Texts that have come with DUP, by whom they are meant for: of a team another member may get them. */
  private readonly repeated = new Map<string, string[]>();
  private readonly late = new Set<string>();

  wireIn(what: Uint8Array | string): void {
    const command = commandIn(what);
    if (command?.isRepeated !== true) return;
    const { device, text } = command;
    this.repeated.set(device, [...(this.repeated.get(device) ?? []), text]);
  }

  notice(notice: Notice): void {
    if (notice.notice !== 'drop' || !TAKES_THE_PLACE.has(notice.reason)) return;
    const meantFor = whoseCommands(notice.topic ?? '');
    for (const text of this.repeated.get(meantFor ?? '') ?? []) this.late.add(text);
  }

  /** The place of this one in the order may be that of its copy. */
  mayComeLater(text: string): boolean {
    return this.late.has(text);
  }
}
