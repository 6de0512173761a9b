/** Every bound and interval of the core that is not a configuration key, each with its reason. */

/** Topic ids one device can agree on; more is a device that registers names without end (row 30). */
export const TOPIC_IDS_PER_DEVICE_MAX = 1024;

/**
 * Topic ids that each start leaves out, for an earlier run whose disk had failed may have given them, and no record says so:
 * so many blocks of so many, each run another number of blocks. A device that agrees on more while the disk fails, or two
 * runs that leave out as many, one in sixteen, and a device may publish under a wrong name.
 */
export const TOPIC_IDS_BLOCK = 64;
export const TOPIC_IDS_BLOCKS_MAX = 16;

/** Subscriptions one device can hold: each costs room at the broker and in the routing table. */
export const SUBSCRIPTIONS_PER_DEVICE_MAX = 256;

/** SUBSCRIBEs and UNSUBSCRIBEs of one device that may wait for the broker; the text allows one, some devices pipeline. */
export const OPEN_SUBSCRIBES_MAX = 16;

/** QoS 1 and 2 messages of one device that may wait for the broker; the text allows one, some devices pipeline. */
export const OPEN_EXCHANGES_MAX = 64;

/** Finished exchanges remembered to recognise a repeated PUBLISH; a device repeats its latest, not old ones. */
export const DONE_EXCHANGES_REMEMBERED_MAX = 32;

/** The text says 23 characters, devices in the field send longer ids (row 14). */
export const CLIENT_ID_BYTES_MAX = 256;

/**
 * How long the broker's side may take to answer a CONNECT before the device hears "congestion". A will that fires first
 * has 15 s there, and the connection 10 s; a disk that does not answer may take longer than the rest.
 */
export const BROKER_TIMEOUT_MS = 30_000;

/** Devices that the operator may let in by hand; for more there are rules. */
export const APPROVALS_MAX = 10_000;

/** How long the data of a session that is gone are kept: long enough for a battery change the next day. */
export const SESSION_EXPIRY_MS = 24 * 3_600_000;

/** T_WAIT (SN 7.2): how long whoever hears "congestion" leaves the other side alone, the gateway and devices alike. */
export const CONGESTION_WAIT_MS = 301_000;

/** At most one unsolicited DISCONNECT to an address in this time, and no answer to one that came back within it. */
export const DISCONNECT_INTERVAL_MS = 1000;

/** Addresses remembered for that rule; the oldest makes room, so that a flood of senders costs no memory. */
export const DISCONNECTS_REMEMBERED_MAX = 4096;

/** Silence tolerated beyond a period of a minute or less: half as much again (SN 7.2). */
export const SHORT_PERIOD_TOLERANCE = 1.5;

/** Silence tolerated beyond longer periods: a tenth (SN 7.2). */
export const LONG_PERIOD_TOLERANCE = 1.1;

/** Where "longer" begins, in seconds; a minute itself is short. */
export const LONG_PERIOD_SEC = 60;

/** Highest usable normal or predefined topic id; 0x0000 and 0xFFFF are reserved (SN 5.3.11). */
export const TOPIC_ID_MAX = 0xfffe;

/** Messages of the outbox on their way to the broker, so that a broker that comes back is not flooded. */
export const OUTBOX_IN_FLIGHT_MAX = 64;

/** The same of one device, so that one with a long queue leaves room for others. */
export const OUTBOX_IN_FLIGHT_PER_DEVICE_MAX = 16;

/** A device whose messages the broker's side could not take is tried again after this time. */
export const OUTBOX_RETRY_MS = 5000;

/** How often the outbox is looked through for messages that have become too old. */
export const OUTBOX_LOOK_MS = 60_000;

/** A paced link tells when a frame has left; should it forget one, that is repeated after this time. */
export const TRANSMISSION_MS_MAX = 600_000;

/** What a device takes to answer, until it has been measured (RFC 6298, 2.1). */
export const UNMEASURED_ANSWER_MS = 1000;

/** No measured time for an answer counts as longer (RFC 6298, 2.5). */
export const ANSWER_TIMEOUT_MAX_MS = 60_000;

/** Granularity of measured answers (RFC 6298, G): what USB and an event loop add by chance. */
export const CLOCK_GRAIN_MS = 50;

/** After that many repeats without an answer the time for an answer is not doubled any more. */
export const TIMEOUT_DOUBLINGS_MAX = 3;

/** After a restart devices are left alone for this time, in which links open; nothing sent before would arrive. */
export const RESUME_DELAY_MS = 1000;

/** A PINGREQ as soon after what was sent to an awake device is a copy that the network has made: nobody has missed it yet. */
export const PINGREQ_COPY_MS = 1000;
