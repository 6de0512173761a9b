import { topicReceipt } from '../shapes.js';

/** Answer to REGISTER (SN 1.2, 5.4.11). Match on `msgId`: some peers echo another topic id. */
export const regack = topicReceipt('REGACK', 0x0b);
export type Regack = Exclude<ReturnType<typeof regack.decode>, string>;
