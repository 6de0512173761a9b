/** What the gateway says in its own name. */
import type { BrokerMessage } from '../../broker/session.js';
import { textOf } from '../support.js';

/** "`/bridge/state` under `mqtt.base_topic`": `online` and `offline`, retained, the latter as the connection's will. */
export const isOfGateway = ({ topic, payload, retain }: BrokerMessage): boolean =>
  STATE.test(topic) && retain && ['online', 'offline'].includes(textOf(payload));

/** A story has no base topic of its own. */
const STATE = /^mqttsn\/[^/]+\/bridge\/state$/;
