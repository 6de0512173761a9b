/** A channel under virtual time, and all that it has said. */
import type { ChannelEffect, ChannelInput } from '../../../src/modems/channel-events.js';
import type { Channel } from '../../../src/modems/channel.js';

export class ChannelWorld {
  readonly effects: { at: number; effect: ChannelEffect }[] = [];

  constructor(
    readonly channel: Channel,
    public now = 0,
  ) {}

  step(input: ChannelInput): void {
    const at = this.now;
    for (const effect of this.channel.step(input, at)) this.effects.push({ at, effect });
  }

  /** The journal has all that it was given. */
  commit(): void {
    const number = this.of('journal').at(-1)?.number;
    if (number !== undefined) this.step({ kind: 'committed', number });
  }

  wait(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.channel.nextDeadline();
      if (due === undefined || due > end) break;
      this.now = Math.max(due, this.now);
      this.step({ kind: 'deadline' });
    }
    this.now = end;
  }

  of<K extends ChannelEffect['kind']>(kind: K): Extract<ChannelEffect, { kind: K }>[] {
    return this.effects
      .map(({ effect }) => effect)
      .filter((effect): effect is Extract<ChannelEffect, { kind: K }> => effect.kind === kind);
  }
}
