import { receipt } from '../shapes.js';

/** First answer of QoS 2 (SN 1.2, 5.4.14). */
export const pubrec = receipt('PUBREC', 0x0f);
export type Pubrec = Exclude<ReturnType<typeof pubrec.decode>, string>;
