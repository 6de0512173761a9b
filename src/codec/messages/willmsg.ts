import { willPayload } from '../shapes.js';

/** Will payload during connect (SN 1.2, 5.4.9). */
export const willmsg = willPayload('WILLMSG', 0x09);
export type Willmsg = Exclude<ReturnType<typeof willmsg.decode>, string>;
