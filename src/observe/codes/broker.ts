/** Codes of the broker's side. */
import type { Row } from './row.js';

export const BROKER = {
  BROKER_UP: { cause: 'The broker is there, and devices are served.', remedy: 'Nothing.' },
  BROKER_DOWN: {
    cause:
      "The gateway's own connection to the broker is away. What devices send is kept as `mqtt.offline` says.",
    remedy:
      'Look at the broker and the network; the gateway tries again by itself. `doctor` tries each broker and says what it answers.',
  },
  BROKER_CONNECTED: { cause: 'One of the connections to a broker is up.', remedy: 'Nothing.' },
  BROKER_UNREACHABLE: {
    cause: 'A connection to a broker is lost, or could not be made.',
    remedy:
      'The line says what the broker or the network answers: address, port, certificate, login.',
  },
  BROKER_WITHOUT_QOS: {
    cause:
      'The broker takes messages at QoS 0 only: what devices are acknowledged was sent, and may still get lost.',
    remedy: 'Take a broker with QoS 1, if that matters.',
  },
  SUBSCRIPTION_NOT_RENEWED: {
    cause: 'After an outage the broker refuses a subscription that it had granted.',
    remedy: "Look at the broker's rights; the device has to subscribe again.",
  },
  PUBLISH_GIVEN_UP: {
    cause:
      'The broker closes the connection over this message, or ignores it, again and again; its device hears "not supported".',
    remedy: "Look at the broker's log: size, topic, rights.",
  },
  SUBSCRIBE_GIVEN_UP: {
    cause:
      'The broker closes the connection over this filter again and again; its device hears "not supported".',
    remedy: "Look at the broker's log and rights.",
  },
  WILL_REFUSED: {
    cause: 'The broker refused the will of a lost device: nobody hears of the loss.',
    remedy: 'Allow its topic at the broker.',
  },
  OWN_TOPICS_REFUSED: {
    cause:
      'The broker does not let the gateway subscribe to its own topics: no requests, and stale states stay.',
    remedy: 'Give it the rights below `mqtt.base_topic`, or set `mqtt.state_topics: false`.',
  },
  OUTBOX_DELIVERED: {
    cause: 'The broker has got what devices sent while it was away.',
    remedy: 'Nothing.',
  },
  EMBEDDED_BROKER_LISTENS: { cause: 'The embedded broker takes connections.', remedy: 'Nothing.' },
  EMBEDDED_BROKER_SOCKET: {
    cause: 'A client of the embedded broker has gone without a good-bye.',
    remedy: 'Nothing.',
  },
} satisfies Readonly<Record<string, Row>>;
