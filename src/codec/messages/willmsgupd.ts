import { willPayload } from '../shapes.js';

/** New will payload during a connection (SN 1.2, 5.4.24). */
export const willmsgupd = willPayload('WILLMSGUPD', 0x1c);
export type Willmsgupd = Exclude<ReturnType<typeof willmsgupd.decode>, string>;
