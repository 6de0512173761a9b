/** What the state topics are made of, by the configuration. */
import type { Config } from '../config/schema.js';
import type { Inspection } from '../core/inspect/inspection.js';
import type { Instant, OperatorCommand, OperatorOutcome } from '../core/types.js';
import type { Logger } from '../observe/logger.js';
import { StateTopics } from '../observe/state-topics/state-topics.js';
import type { OwnTopics } from '../upstream/index.js';
import type { LinkHealth } from './link-health.js';

/** The gateway, as far as its topics tell of it or ask it for something. */
interface Told {
  readonly inspect: Inspection;
  readonly linkNames: readonly string[];
  linkHealth(link: string): LinkHealth | undefined;
  wallTimeOf(instant: Instant): number;
  unready(): readonly string[];
  operate(command: OperatorCommand): Promise<OperatorOutcome>;
}

/** undefined: `mqtt.state_topics` is off. */
export function createStateTopics(
  { mqtt, gateway: { name }, homeassistant }: Config,
  version: string,
  gateway: Told,
  broker: OwnTopics,
  log: Pick<Logger, 'info'>,
): StateTopics | undefined {
  if (!mqtt.state_topics) return undefined;
  const { inspect } = gateway;
  return new StateTopics(
    {
      baseTopic: mqtt.base_topic,
      name,
      version,
      discoveryTopic: homeassistant?.discovery_topic,
      onRequest: (request, answer) =>
        log.info({ code: 'BRIDGE_REQUEST', request, answer }, `${request} was asked for over MQTT`),
    },
    {
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
          return { name: link, state, trouble: trouble?.code ?? null };
        }),
    },
    broker,
  );
}
