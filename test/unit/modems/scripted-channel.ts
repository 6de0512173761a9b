/** A channel with a modem that does what the test says. */
import type { ChannelInput } from '../../../src/modems/channel-events.js';
import { Channel } from '../../../src/modems/channel.js';
import type {
  Modem,
  ModemEffect,
  ModemInput,
  SendOutcome,
  Signal,
} from '../../../src/modems/modem.js';
import { ChannelWorld } from './channel-world.js';

/** Ready as soon as its port is open, and done with a message when its air time is over. */
class ScriptedModem implements Modem {
  bytesMax = 50;
  outcome: SendOutcome = 'transmitted';
  /** Whether it has a question, and answers it. */
  probe: 'none' | 'asked' | 'answered' = 'none';
  /** How well it hears. */
  signal: Signal | undefined;
  /** What else it has to say when it hears something. */
  says: ModemEffect[] = [];
  private sending: { id: number; endsAt: number } | undefined;

  step(input: ModemInput, now: number): readonly ModemEffect[] {
    switch (input.kind) {
      case 'opened':
        return [{ kind: 'state', state: 'ready' }];
      case 'closed': {
        const { sending } = this;
        this.sending = undefined;
        return sending ? [{ kind: 'sent', id: sending.id, outcome: 'interrupted' }] : [];
      }
      case 'received':
        return [
          ...this.says,
          {
            kind: 'datagram',
            address: String(input.data[0]),
            data: input.data.slice(1),
            ...(this.signal && { signal: this.signal }),
          },
        ];
      case 'send':
        this.sending = { id: input.id, endsAt: now + input.airTimeMs };
        return [{ kind: 'write', data: input.data }];
      case 'probe':
        if (this.probe === 'none') return [];
        return this.probe === 'asked'
          ? [{ kind: 'write', data: Uint8Array.of(255) }]
          : [{ kind: 'write', data: Uint8Array.of(255) }, { kind: 'alive' }];
      case 'deadline': {
        const { sending } = this;
        if (sending === undefined || sending.endsAt > now) return [];
        this.sending = undefined;
        return [{ kind: 'sent', id: sending.id, outcome: this.outcome }];
      }
      default:
        return input satisfies never;
    }
  }

  nextDeadline(): number | undefined {
    return this.sending?.endsAt;
  }

  maxMessageBytes(): number {
    return this.bytesMax;
  }

  airBytes(messageBytes: number): number {
    return messageBytes;
  }
}

/** A second on the air for ten octets. */
const SLOW = { kind: 'rate', bytesPerSecond: 10, overheadMs: 0 } as const;

export class World extends ChannelWorld {
  readonly modem: ScriptedModem;

  constructor(dutyCycle: number | null = null) {
    const modem = new ScriptedModem();
    super(new Channel({ modem, air: SLOW, dutyCycle }), 1_000_000);
    this.modem = modem;
  }

  /** @param bytes what the message holds; the first says which it is */
  send(bytes: number[], options: Partial<Extract<ChannelInput, { kind: 'send' }>> = {}): void {
    const data = Uint8Array.from(bytes);
    this.step({ kind: 'send', address: '1', data, urgency: 3, chance: 0, ...options });
  }

  /** The first octets of what was written, with the seconds since the beginning. */
  written(): string[] {
    return this.effects.flatMap(({ at, effect }) =>
      effect.kind === 'write' ? [`${effect.data[0]} at ${(at - 1_000_000) / 1000}`] : [],
    );
  }
}

export const opened = (dutyCycle: number | null = null): World => {
  const world = new World(dutyCycle);
  world.step({ kind: 'opened' });
  return world;
};
