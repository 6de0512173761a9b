/** How much the state topics may cost. */

/** Between two states of one device at least: a sleeper that wakes up changes its state several times in a moment. */
export const DEVICE_INTERVAL_MS = 2000;
/** So often what waits is looked at, while something does. */
export const PUMP_INTERVAL_MS = 100;
/** States in one look: a hundred in a second, whatever happens to how many devices. */
export const STATES_PER_PUMP_MAX = 10;
/** Devices in one look, most of which are as they were: some milliseconds on a small machine, ten thousand in five seconds. */
export const LOOKS_PER_PUMP_MAX = 200;
/** Devices that wait for it; of those beyond it the next look at all devices tells. */
export const CHANGES_MAX = 20_000;
/** So often all devices are looked at for what no notice tells: when they were heard, how well, what waits. */
export const REFRESH_INTERVAL_MS = 60_000;
/** So often it is looked whether the gateway's own health has changed; it is told once a minute in any case. */
export const HEALTH_LOOK_MS = 5000;
/** So long after the broker is there retained topics of forgotten devices may come, each at most so long after another. */
export const LEFTOVERS_WAIT_MS = 10_000;
/** Octets of a request; more is answered with an error. */
export const REQUEST_BYTES_MAX = 4096;
/** Characters that the log shows of a request's name, and of its answer: both may come from whoever has asked. */
export const REQUEST_LOG_CHARS_MAX = 200;
/** Requests under way at once; more are answered with an error. */
export const REQUESTS_MAX = 16;
/** Devices without a session whose states stay; the oldest makes room. */
export const DEPARTED_MAX = 1000;
