import { bare } from '../shapes.js';

/** Gateway asks for the will topic (SN 1.2, 5.4.6). */
export const willtopicreq = bare('WILLTOPICREQ', 0x06);
export type Willtopicreq = Exclude<ReturnType<typeof willtopicreq.decode>, string>;
