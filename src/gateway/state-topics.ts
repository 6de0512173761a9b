/** What the state topics are made of, by the configuration. */
import type { Config } from '../config/schema.js';
import type { Inspection } from '../core/inspect/inspection.js';
import type { Instant, Notice, OperatorCommand, OperatorOutcome } from '../core/types.js';
import type { Readings } from '../observe/counters.js';
import type { Logger } from '../observe/logger.js';
import type { DiscoveryPlace } from '../observe/state-topics/discovery-topics.js';
import { FormerDiscovery } from '../observe/state-topics/former-discovery.js';
import { StateTopics } from '../observe/state-topics/state-topics.js';
import type { Journal } from '../store/journal.js';
import type { OwnTopics } from '../upstream/index.js';
import type { LinkHealth } from './link-health.js';
import { forgetPlace, formerPlaces } from './told-places.js';

/** The gateway, as far as its topics tell of it or ask it for something. */
interface Told {
  readonly inspect: Inspection;
  readonly linkNames: readonly string[];
  readonly counters: Pick<Readings, 'traffic'>;
  linkHealth(link: string): LinkHealth | undefined;
  wallTimeOf(instant: Instant): number;
  unready(): readonly string[];
  operate(command: OperatorCommand): Promise<OperatorOutcome>;
}

/** What is told at the broker, and what is not told there any more. */
export class ToldTopics {
  private readonly discovery: DiscoveryPlace | undefined;
  /** undefined: `mqtt.state_topics` is off. */
  private readonly states: StateTopics | undefined;
  private former: readonly FormerDiscovery[] = [];

  constructor(
    config: Config,
    version: string,
    gateway: Told,
    private readonly broker: OwnTopics,
    log: Pick<Logger, 'info'>,
    private readonly journal: Journal,
  ) {
    const topic = config.homeassistant?.discovery_topic;
    this.discovery = topic === undefined ? undefined : { topic, gateway: config.gateway.name };
    if (!config.mqtt.state_topics) return;
    this.states = new StateTopics(
      {
        baseTopic: config.mqtt.base_topic,
        version,
        discovery: this.discovery,
        onRequest: (request, answer) =>
          log.info(
            { code: 'BRIDGE_REQUEST', request, answer },
            `${request} was asked for over MQTT`,
          ),
      },
      sourceOf(gateway),
      broker,
    );
  }

  /** To be called when the journal is open. */
  start(): void {
    const { broker, journal } = this;
    this.former = formerPlaces(journal, this.discovery).map(
      (place) => new FormerDiscovery(place, broker, () => forgetPlace(journal, place)),
    );
    this.states?.start();
  }

  notice(notice: Notice): void {
    for (const one of this.former) one.notice(notice);
    this.states?.notice(notice);
  }

  /** Nothing is told any more. */
  stop(): void {
    for (const one of this.former) one.stop();
    this.states?.stop();
  }
}

const sourceOf = (gateway: Told): ConstructorParameters<typeof StateTopics>[1] => {
  const { inspect } = gateway;
  return {
    device: (client) => inspect.device(client),
    devices: () => inspect.devices(),
    isKnown: (client) => inspect.has(client),
    isApproved: (client) => inspect.isApproved(client),
    totals: () => inspect.totals(),
    wallTimeOf: (instant) => gateway.wallTimeOf(instant),
    unready: () => gateway.unready(),
    operate: (command) => gateway.operate(command),
    links: () =>
      gateway.linkNames.map((link) => {
        const { state = 'starting', trouble } = gateway.linkHealth(link) ?? {};
        const { signal, heardAtMs } = gateway.counters.traffic.get(link) ?? {};
        return { name: link, state, trouble: trouble?.code ?? null, signal, heardAtMs };
      }),
  };
};
