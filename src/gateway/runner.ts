/**
 * Drives the core: one input at a time, effects applied in order, one timer for its next deadline.
 * Inputs that arrive while a step is being applied wait in a queue, so the core is never re-entered.
 */
import type {
  AdminCommand,
  Effect,
  GatewayCore,
  Input,
  Instant,
  JournalWrite,
  LinkEvent,
  Notice,
  Reception,
  StoreEvent,
  UpstreamEvent,
  UpstreamRequest,
} from '../core/types.js';
import { Alarm } from './alarm.js';

export interface RunnerOutputs {
  send(effect: Extract<Effect, { kind: 'send' }>): void;
  upstream(request: UpstreamRequest): void;
  /** `number`: its `committed` is wanted. */
  journal(writes: readonly JournalWrite[], number: number | undefined): void;
  notice(notice: Notice): void;
  measured(measured: Extract<Effect, { kind: 'measured' }>): void;
  /** A broken invariant of ours: reported with the input that did it, and the gateway goes on. */
  internalError(error: unknown, input: Input): void;
  /** Sees every step, for recording; `error` in place of effects when the core failed. */
  step?(at: Instant, input: Input, outcome: readonly Effect[] | { error: unknown }): void;
}

export class Runner {
  private readonly queue: Input[] = [];
  private running = false;
  private stopped = false;
  private looksAtDeadlines = true;
  private readonly alarm: Alarm;

  /** `now` gives milliseconds on a clock that never goes back: a corrected wall clock fires no wills. */
  constructor(
    private readonly core: GatewayCore,
    private readonly outputs: RunnerOutputs,
    private readonly now: () => Instant,
  ) {
    this.alarm = new Alarm(now, () => this.dispatch({ kind: 'deadline' }));
  }

  datagram(link: string, address: string, data: Uint8Array, reception?: Reception): void {
    this.alarm.heard();
    this.dispatch({ kind: 'datagram', link, address, data, ...reception });
  }

  linkEvent(link: string, event: LinkEvent): void {
    this.dispatch({ kind: 'link', link, event });
  }

  upstreamEvent(event: UpstreamEvent): void {
    this.dispatch({ kind: 'upstream', event });
  }

  storeEvent(event: StoreEvent): void {
    this.dispatch({ kind: 'store', event });
  }

  admin(command: AdminCommand): void {
    this.dispatch({ kind: 'admin', command });
  }

  /** Nobody is given up any more for his silence; what comes is still answered. */
  holdDeadlines(): void {
    this.looksAtDeadlines = false;
    this.alarm.stop();
  }

  /** Nothing is taken in any more. */
  stop(): void {
    this.stopped = true;
    this.alarm.stop();
  }

  private dispatch(input: Input): void {
    if (this.stopped) return;
    if (this.running) {
      this.queue.push(input);
      return;
    }
    this.running = true;
    this.step(input);
    for (let i = 0; i < this.queue.length; i++) this.step(this.queue[i] as Input);
    this.queue.length = 0;
    this.running = false;
    this.arm();
  }

  private step(input: Input): void {
    const at = this.now();
    let effects: readonly Effect[];
    try {
      effects = this.core.step(input, at);
    } catch (error) {
      this.show(at, input, { error });
      this.outputs.internalError(error, input);
      return;
    }
    this.show(at, input, effects);
    for (const effect of effects) this.tryApply(effect, input);
  }

  /** Who only looks on must not cost the input, nor those after it. */
  private show(at: Instant, input: Input, outcome: readonly Effect[] | { error: unknown }): void {
    try {
      this.outputs.step?.(at, input, outcome);
    } catch (error) {
      this.outputs.internalError(error, input);
    }
  }

  /** One effect that fails takes none of the others with it. */
  private tryApply(effect: Effect, input: Input): void {
    try {
      this.apply(effect);
    } catch (error) {
      this.outputs.internalError(error, input);
    }
  }

  private apply(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        this.outputs.send(effect);
        return;
      case 'upstream':
        this.outputs.upstream(effect.request);
        return;
      case 'journal':
        this.outputs.journal(effect.writes, effect.number);
        return;
      case 'notice':
        this.outputs.notice(effect.notice);
        return;
      case 'measured':
        this.outputs.measured(effect);
        return;
      default:
        effect satisfies never;
    }
  }

  private arm(): void {
    const next = this.looksAtDeadlines ? this.core.nextDeadline() : undefined;
    if (next !== undefined) this.alarm.set(next);
  }
}
