/** Runs a modem driver under virtual time against a modem that a function stands for. */
import type { Modem, ModemEffect, ModemInput } from '../../../src/modems/modem.js';
import { toHex } from '../hex.js';

/** What the modem says to what is written to it; each piece comes as one chunk. */
export type Respond = (written: Uint8Array) => readonly Uint8Array[];

type EffectOf<K extends ModemEffect['kind']> = Extract<ModemEffect, { kind: K }>;

/** A driver may need some steps at one instant, never so many. */
const STEPS_MAX = 10_000;

export class ModemBench {
  now = 1_000_000;
  readonly effects: ModemEffect[] = [];
  readonly modem: Modem;
  respond: Respond;

  constructor(modem: Modem, respond: Respond = () => []) {
    this.modem = modem;
    this.respond = respond;
  }

  /** One input, what the modem answers to its consequences included; returns the effects of all that. */
  step(input: ModemInput): ModemEffect[] {
    const from = this.effects.length;
    const queue: ModemInput[] = [input];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      for (const effect of this.modem.step(next, this.now)) {
        this.effects.push(effect);
        if (effect.kind === 'write') {
          queue.push(
            ...this.respond(effect.data).map((data) => ({ kind: 'received', data }) as const),
          );
        }
      }
    }
    return this.effects.slice(from);
  }

  receive(data: Uint8Array): ModemEffect[] {
    return this.step({ kind: 'received', data });
  }

  send(id: number, address: string | null, data: Uint8Array, airTimeMs = 0): ModemEffect[] {
    return this.step({ kind: 'send', id, address, data, airTimeMs });
  }

  /** Gives back the acknowledgement that the driver has asked for last. */
  acknowledge(id: number): ModemEffect[] {
    const { address = '', data = new Uint8Array() } = this.of('acknowledgement').at(-1) ?? {};
    return this.step({ kind: 'send', id, address, data, airTimeMs: 0, isAcknowledgement: true });
  }

  /** Lets time pass, with a step at each deadline. */
  advance(ms: number): ModemEffect[] {
    const from = this.effects.length;
    const end = this.now + ms;
    for (let steps = 0; ; steps++) {
      if (steps > STEPS_MAX) throw new Error('the driver goes on asking for the same deadline');
      const deadline = this.modem.nextDeadline();
      if (deadline === undefined || deadline > end) break;
      this.now = Math.max(this.now, deadline);
      this.step({ kind: 'deadline' });
    }
    this.now = end;
    return this.effects.slice(from);
  }

  /** Opens the port and waits until the modem takes messages. */
  open(): this {
    this.step({ kind: 'opened' });
    this.advance(120_000);
    return this;
  }

  of<K extends ModemEffect['kind']>(kind: K): EffectOf<K>[] {
    return this.effects.filter((effect): effect is EffectOf<K> => effect.kind === kind);
  }

  get state(): string | undefined {
    return this.of('state').at(-1)?.state;
  }

  get outcomes(): string[] {
    return this.of('sent').map(({ outcome }) => outcome);
  }

  get problems(): string[] {
    return this.of('problem').map(({ code }) => code);
  }

  /** `address:hex` of each. */
  get datagrams(): string[] {
    return this.of('datagram').map(({ address, data }) => `${address}:${toHex(data)}`);
  }

  get writes(): string[] {
    return this.of('write').map(({ data }) => toHex(data));
  }

  /** Bytes by reason, in the order of the first of each. */
  get discarded(): Record<string, number> {
    const bytes: Record<string, number> = {};
    for (const discard of this.of('discarded')) {
      bytes[discard.why] = (bytes[discard.why] ?? 0) + discard.bytes;
    }
    return bytes;
  }
}
