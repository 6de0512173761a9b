/** Every limit and interval of the journal, with its reason. */

/** Somebody waits for the disk: so long the group still grows. Far below T_retry, and a tenth of what a slow disk takes. */
export const URGENT_COMMIT_MS = 5;

/** Nobody waits: a power cut may cost this much, in return an SD card is written once a second at most. */
export const LAZY_COMMIT_MS = 1000;

/** `close` gives up after this time: the whole gateway has five seconds to end. */
export const CLOSE_TIMEOUT_MS = 1500;

/** A disk that has not answered for so long counts as failing; an SD card cleaning up takes some seconds. */
export const STALLED_AFTER_MS = 20_000;

/** The gateway begins without a journal that gives no sign for so long while it is read; a large one gives signs all the time. */
export const OPEN_TIMEOUT_MS = 30_000;

/**
 * While there is something to write the folder is looked for this often: so much may be acknowledged and
 * lost when it is removed. A look is one question to the file system, and mostly answered from memory.
 */
export const FOLDER_LOOK_MS = 10_000;

/** Pauses between attempts to use a failing disk again: doubled from the first up to the longest. */
export const FIRST_RETRY_MS = 1000;
export const LONGEST_RETRY_MS = 30_000;

/** Work on many records is cut into pieces of about this length; between two the event loop turns. */
export const SLICE_MS = 4;

/** Records read from the disk at a time, if they are small. */
export const READ_RECORDS_MAX = 1000;

/** Octets read from the disk at a time, if the records are large. */
export const READ_BYTES_MAX = 256 * 1024;

/** What a repair needs beside the room for its tables, for their index and the file system itself. */
export const REPAIR_SPARE_BYTES = 64 * 1024;

/** Damaged or unread files kept for inspection, in folders of their own; the oldest goes, so that a dying card is not filled with its own remains. */
export const FOLDERS_ASIDE_MAX = 3;

/** Keys named in a report about damage; the rest is only counted. */
export const KEYS_NAMED_MAX = 5;
