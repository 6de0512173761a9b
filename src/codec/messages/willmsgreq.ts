import { bare } from '../shapes.js';

/** Gateway asks for the will payload (SN 1.2, 5.4.8). */
export const willmsgreq = bare('WILLMSGREQ', 0x08);
export type Willmsgreq = Exclude<ReturnType<typeof willmsgreq.decode>, string>;
