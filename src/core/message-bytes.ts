/** What a message costs beside its topic and payload, in octets: bookkeeping, roughly. */
const OVERHEAD_BYTES = 64;

/** What a message that waits in memory counts against a limit in octets. */
export const messageBytes = (message: { topic: string; payload: Uint8Array }): number =>
  message.topic.length + message.payload.length + OVERHEAD_BYTES;
