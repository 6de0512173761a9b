/** Who may hear something when: sleepers, the end of a wake-up, strangers. */
import type { Effect, Input } from '../../../../src/core/types.js';
import { type Observer, placeKey } from '../driver.js';
import type { Facts } from '../facts.js';

const DISCONNECT_INTERVAL_MS = 1000;
/** Answers of the broker to a request of the device itself. */
const ANSWERS = ['published', 'subscribed', 'unsubscribed', 'will-set'];

export class SilenceChecker implements Observer {
  private readonly turnedAwayAt = new Map<string, number>();
  private ended: string | undefined;

  constructor(private readonly facts: Facts) {}

  onInput(_input: Input): void {
    this.ended = undefined;
  }

  onEffect(effect: Effect, now: number): void {
    if (effect.kind === 'notice' && effect.notice.notice === 'transition')
      this.onTransition(effect.notice);
    const { sent } = this.facts;
    if (effect.kind !== 'send' || sent === undefined) return;
    const client = this.facts.receiver();
    if (client !== undefined && this.facts.stateOf(client) === 'ASLEEP')
      this.onSentToSleeper(client);
    if (
      client !== undefined &&
      this.facts.stateOf(client) === 'AWAKE' &&
      sent.message.type === 'PINGRESP'
    ) {
      this.ended = client;
    } else if (client !== undefined && client === this.ended) {
      throw new Error(`${client} gets ${sent.message.type} after PINGRESP`);
    }
    if (sent.message.type === 'DISCONNECT') this.onDisconnect(placeKey(sent.to), now);
  }

  onCrash(): void {
    this.turnedAwayAt.clear();
  }

  private onTransition({ client, from, to }: { client: string; from: string; to: string }): void {
    if (this.ended !== client) return;
    if (from !== 'AWAKE' || to !== 'ASLEEP')
      throw new Error(`${client} got PINGRESP and goes ${from} to ${to}`);
  }

  private onSentToSleeper(client: string): void {
    const { cause, sent } = this.facts;
    const type = sent?.message.type;
    const isOwn = cause.place && sent && placeKey(cause.place) === placeKey(sent.to);
    const isAnswer = cause.event !== undefined && ANSWERS.includes(cause.event.event);
    // What was owed to it waited for the journal.
    const isKept = cause.kind === 'store';
    if ((!isOwn && !isAnswer && !isKept) || type === 'PUBLISH' || type === 'REGISTER') {
      throw new Error(
        `${client} is ASLEEP and gets ${type} because of ${cause.event?.event ?? cause.kind}`,
      );
    }
  }

  /** The answer to the good-bye of a connected device is owed; everything else is rate-limited. */
  private onDisconnect(place: string, now: number): void {
    const { cause } = this.facts;
    if (cause.kind === 'admin' || cause.kind === 'store' || cause.message?.type === 'DISCONNECT')
      return;
    const last = this.turnedAwayAt.get(place);
    if (last !== undefined && now - last < DISCONNECT_INTERVAL_MS) {
      throw new Error(`${place} is turned away twice within ${now - last} ms`);
    }
    this.turnedAwayAt.set(place, now);
  }
}
