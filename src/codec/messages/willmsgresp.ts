import { answer } from '../shapes.js';

/** Answer to WILLMSGUPD (SN 1.2, 5.4.25). */
export const willmsgresp = answer('WILLMSGRESP', 0x1d);
export type Willmsgresp = Exclude<ReturnType<typeof willmsgresp.decode>, string>;
