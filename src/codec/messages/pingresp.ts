import { bare } from '../shapes.js';

/** Answer to PINGREQ; ends the awake time of a sleeping client (SN 1.2, 5.4.21). */
export const pingresp = bare('PINGRESP', 0x17);
export type Pingresp = Exclude<ReturnType<typeof pingresp.decode>, string>;
