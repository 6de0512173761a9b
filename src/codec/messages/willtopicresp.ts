import { answer } from '../shapes.js';

/** Answer to WILLTOPICUPD (SN 1.2, 5.4.24). */
export const willtopicresp = answer('WILLTOPICRESP', 0x1b);
export type Willtopicresp = Exclude<ReturnType<typeof willtopicresp.decode>, string>;
