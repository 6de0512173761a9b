/**
 * What an earlier run has told Home Assistant, and this one does not tell any more: it is switched off, or told elsewhere or
 * under another name. It is retained, so it would stay for ever, and nobody else takes it back.
 */
import type { Notice } from '../../core/types.js';
import type { Broker, Heard } from './broker.js';
import { type DiscoveryPlace, DiscoveryTopics } from './discovery-topics.js';
import { LEFTOVERS_WAIT_MS } from './limits.js';

export class FormerDiscovery {
  private readonly topics: DiscoveryTopics;
  private ignore = (): void => {};
  private timer: NodeJS.Timeout | undefined;
  /** Something could not be taken back, because the broker was too busy. */
  private hasMissed = false;
  /** Whatever comes there from now on is told by somebody else: another gateway may have the name. */
  private isGone = false;

  /** @param onGone hears once that nothing of it is left */
  constructor(
    place: DiscoveryPlace,
    private readonly broker: Broker,
    private readonly onGone: () => void,
  ) {
    this.topics = new DiscoveryTopics(place);
  }

  notice(notice: Notice): void {
    if (notice.notice !== 'broker' || this.isGone) return;
    this.stop();
    if (notice.up) this.look();
  }

  /** Whatever is left stays for a later run. */
  stop(): void {
    clearTimeout(this.timer);
    this.ignore();
    this.ignore = () => {};
  }

  private look(): void {
    this.hasMissed = false;
    this.ignore = this.broker.listen(this.topics.anyDevice, (message) => this.hear(message));
    this.wait();
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.conclude(), LEFTOVERS_WAIT_MS).unref();
  }

  private hear({ topic, payload, retain }: Heard): void {
    const { topics } = this;
    const isOurs = topic === topics.ofGateway || topics.isOfPart(topic);
    if (!retain || payload.length === 0 || !isOurs) return;
    if (!this.broker.publish(topic, '', true)) this.hasMissed = true;
    this.wait();
  }

  private conclude(): void {
    this.stop();
    if (this.hasMissed) return this.look();
    this.isGone = true;
    this.onGone();
  }
}
