/** What the gateway says in its own name. */
import type { BrokerMessage } from '../../broker/session.js';

/** "State topics": below these no device may publish. */
export const isOfGateway = ({ topic }: BrokerMessage): boolean => OWN_TOPICS.test(topic);

/** A story has no base topic of its own. */
const OWN_TOPICS = /^mqttsn\/[^/]+\/(?:bridge|device)\//;
