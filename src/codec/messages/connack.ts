import { answer } from '../shapes.js';

/** Answer to CONNECT (SN 1.2, 5.4.5). */
export const connack = answer('CONNACK', 0x05);
export type Connack = Exclude<ReturnType<typeof connack.decode>, string>;
