import { receipt } from '../shapes.js';

/** Third answer of QoS 2. Its code is 0x0E, before PUBREC: not the order of MQTT (SN 1.2, 5.4.14). */
export const pubcomp = receipt('PUBCOMP', 0x0e);
export type Pubcomp = Exclude<ReturnType<typeof pubcomp.decode>, string>;
