/** Exit codes of every command; 64 and 78 are EX_USAGE and EX_CONFIG of sysexits.h. */
export const EXIT = { ok: 0, failed: 1, usage: 64, config: 78 };
