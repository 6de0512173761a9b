/** Payloads of test messages say who and what they are: `client|number|topic`, padded with spaces. */
export const payloadOf = (client: string, seq: number, topic: string, bytes = 0): Uint8Array =>
  new TextEncoder().encode(`${client}|${seq}|${topic}`.padEnd(bytes));

const parts = (data: Uint8Array): string[] => new TextDecoder().decode(data).trimEnd().split('|');

export const seqOfPayload = (data: Uint8Array): number => Number(parts(data)[1]);

export const topicOfPayload = (data: Uint8Array): string => parts(data)[2] ?? '';
