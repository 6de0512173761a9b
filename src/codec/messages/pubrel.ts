import { receipt } from '../shapes.js';

/** Second message of QoS 2 (SN 1.2, 5.4.14). */
export const pubrel = receipt('PUBREL', 0x10);
export type Pubrel = Exclude<ReturnType<typeof pubrel.decode>, string>;
