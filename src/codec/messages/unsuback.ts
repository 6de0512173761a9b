import { receipt } from '../shapes.js';

/** Answer to UNSUBSCRIBE; cannot carry an error (SN 1.2, 5.4.18). */
export const unsuback = receipt('UNSUBACK', 0x15);
export type Unsuback = Exclude<ReturnType<typeof unsuback.decode>, string>;
