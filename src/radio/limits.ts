/** Every bound and interval of the air, each with its reason. */

/** What the law looks at: any hour, wherever it begins. */
export const HOUR_MS = 3_600_000;

/** Transmissions that begin in one such piece of time are remembered as one, which counts until the last of them is an hour old. Half a minute of an hour: under full load less than a hundredth of the allowance comes back late. */
export const SLOT_MS = 30_000;

/** Places for slots in the journal: two hours, so that none is written over while it counts. */
export const SLOT_PLACES = 240;

/** Beyond what is needed now, such a share of the hour's allowance is claimed on disk: at most a hundred writes an hour for that, and a crash costs no more than one such share. */
export const CLAIM_SHARE = 0.01;

/** Of the hour's allowance may be sent while the disk takes no claims. As much is lost for an hour after a crash, when nobody knows whether it was used. */
export const STANDING_SHARE = 0.25;

/** What has gone on the air in a slot that is older is an hour old for certain. */
export const FORGOTTEN_AFTER_MS = 2 * HOUR_MS;

/** So much later than we are told may a frame go out whose modem listens before it talks (LoRaLink gives up after 20 s). */
export const MODEM_HOLDS_MS = 30_000;

/** Share of the allowance that only answers and deliveries to those who are awake may use: without them devices repeat, and that costs everybody's air. */
export const RESERVE_SHARE = 0.2;

/** Share of the allowance that answers leave to messages: a crowd that has more to say than the law lets us answer would silence them for ever. */
export const MESSAGE_SHARE = 0.1;

/** Frames that may wait for one modem; at the speed of radio that is more than anybody waits for. */
export const QUEUE_FRAMES_MAX = 256;

/** Octets that may wait for one modem. */
export const QUEUE_BYTES_MAX = 64 * 1024;

/** So many frames in a row may go before less important ones that could go: answers to a burst of five devices come first, and whatever is asked of the air a sixth of it is left for the rest. */
export const OVERTAKEN_MAX = 5;

/** Addresses whose latest turn is remembered, in each rank; far more than one radio can serve in the time that anything waits. */
export const TURNS_REMEMBERED_MAX = 1024;

/** What would wait longer is refused at once: the sender repeats after 10 to 15 s (SN 7.2), and then it would be there twice. */
export const QUEUE_WAIT_MAX_MS = 15_000;

/** A node that has just sent needs 5 to 20 ms before it hears; USB and its own program the rest. */
export const TURNAROUND_MS = 50;

/** Who goes on sending is waited for so many turnarounds at most: more than a burst takes, and nobody else waits long for one who babbles. */
export const TURNAROUNDS_WAITED_MAX = 4;

/** Senders remembered for their turnaround; far more than can be heard within it. */
export const TURNAROUNDS_MAX = 64;

/** Unsolicited frames wait for up to so many times their own air time, lest neighbours that were woken by the same event collide. */
export const BACKOFF_AIR_TIMES = 2;

/** A modem that was busy is left alone for so long, twice as long after each further try. */
export const BUSY_PAUSE_MS = 100;

/** So often is a frame offered to a busy modem; with the pauses between that takes three seconds. */
export const BUSY_TRIES_MAX = 6;

/** What a modem takes beside the air time, until it has been measured. */
export const OVERHEAD_MS = 50;

/** A modem that takes longer than this for a frame is stuck, and does not count for what the others take. */
export const OVERHEAD_MAX_MS = 10_000;

/** What a node takes to answer; the core knows each one better. */
export const ANSWER_MS = 1000;
