/** Every limit of the broker's side, with its reason. */

/** Time for TCP, TLS and CONNACK together. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** What one side repeats on a new connection the other one has answered by then. */
export const RESEND_TIMEOUT_MS = 60_000;

/** Then the broker is asked whether it is there. */
export const PING_TIMEOUT_MS = 10_000;

/** A connection that lasted this long was a success: the next outage starts with a short delay again. */
export const STABLE_AFTER_MS = 10_000;

/** The same message or filter has cost this many connections in a row (`blame.ts`): then it is given up. */
export const LOSSES_MAX = 2;

/** A broker that takes exception to something closes the connection as it reads it. */
export const CLOSES_WITHIN_MS = 5_000;

/** What a loss counts that comes later: so long after it was sent, something else is the more likely reason. */
export const DOUBTFUL_LOSS = 0.25;

/** A filter that was given up is not asked for this long. Then the broker may have learned, or the network was to blame. */
export const GIVEN_UP_FOR_MS = 60 * 60 * 1000;

/** Filters that are remembered for having cost a connection. */
export const SUSPECTS_MAX = 1000;

/** Subscriptions of a device that are over and that the broker has still to be told of; it cannot have held more. */
export const FORMER_FILTERS_MAX = 256;

/** So long after UNSUBACK the broker may send what it had queued. */
export const REMOVED_FOR_MS = 60_000;

/** Publishes at QoS 1 and 2 that wait for a place in the window; beyond it the device is told "congestion". */
export const WAITING_PUBLISHES_MAX = 1000;

/** Ends of messages of an earlier run that are remembered until somebody asks for them. */
export const FINISHED_MAX = 1000;

/** QoS 1 and 2 messages in flight on a connection: leaves packet ids for subscriptions. */
export const IN_FLIGHT_MAX = 60_000;

/** Octets that a slow broker may leave in our socket buffer before QoS 0 messages are dropped. */
export const UNSENT_BYTES_MAX = 4 * 1024 * 1024;

/** Time for SUBACK and UNSUBACK: more than T_retry, so that a slow broker's answer still meets the device's repeat. */
export const SUBSCRIBE_TIMEOUT_MS = 15_000;

/**
 * MQTT 3.1.1 does not say when the retained messages of a SUBSCRIBE are complete; those that come
 * this long after SUBACK still belong to it.
 */
export const RETAINED_SETTLE_MS = 1000;

/** MQTT 3.1.1: connections that keep overlapping filters apart. Each nesting of filters needs one. */
export const CONNECTIONS_MAX = 16;

/** Rounds of a filter that are remembered beside those that the broker has still to answer, for messages under way that belong to an earlier one. */
export const ROUNDS_PER_FILTER_MAX = 16;

/** SUBSCRIBE messages of a connection in flight, so that ten thousand filters do not hold up the event loop. */
export const SUBSCRIBES_IN_FLIGHT_MAX = 64;

/** UNSUBSCRIBE messages of a connection in flight for what an earlier session has left behind, for the same reason. */
export const UNSUBSCRIBES_IN_FLIGHT_MAX = 64;

/** Topics of messages for nobody that a connection remembers, so that the broker is told once of each. */
export const UNCLAIMED_TOPICS_MAX = 1000;

/** The broker keeps our session this long over an outage (MQTT 5). */
export const SESSION_EXPIRY_SEC = 24 * 60 * 60;

/** Messages of one device and filter that are remembered because a copy may come that is one too many, or may not: Mosquitto keeps 1000. */
export const FORESTALLED_MAX = 1024;

/** Copies of one device that have come for one of its filters and not yet for another. */
export const PASSED_OVER_MAX = 64;
/** Of them those of filters that were given up, of all devices. */
export const OWED_COPIES_MAX = 1024;

/** Wills on their way to the broker at a time, so that a failed link with many devices floods nobody. */
export const WILLS_IN_FLIGHT_MAX = 16;

/** A will that the broker had no room for is tried again after this time. */
export const WILL_RETRY_MS = 1000;

/** A transparent device is told "congestion" after this time, well before it repeats CONNECT for the last time. */
export const OPEN_TIMEOUT_MS = 10_000;

/**
 * A transparent device's connection may be away this long before its session counts as gone (11.12 of
 * the reference). The broker keeps a clean session this long (MQTT 5).
 */
export const GRACE_MS = 30_000;

/** `set-will` waits this long for open QoS exchanges to end. */
export const QUIET_TIMEOUT_MS = 5000;

/**
 * Time for the broker's answer to a will that we publish for a transparent device. Then the broker publishes the one that it
 * holds, so an answer that came later would make it two. The device's next CONNECT waits meanwhile, less than it repeats it.
 */
export const WILL_TIMEOUT_MS = 15_000;

/** Requests of a transparent device that wait while its connection is renewed, or until the disk knows of a will. */
export const HELD_REQUESTS_MAX = 100;

/** Time for a polite good-bye before the socket is destroyed. */
export const DISCONNECT_TIMEOUT_MS = 1500;

/** Time in `stop()` for the broker's answers to what is under way, the last status among it. */
export const LAST_ANSWERS_TIMEOUT_MS = 1000;

/** Time for everything in `stop()`: the last answers, then all good-byes. */
export const STOP_TIMEOUT_MS = 2500;

/** Connections of devices being established at a time, and started in one turn of the event loop. */
export const DIALS_MAX = 64;
export const DIALS_PER_TURN = 4;
