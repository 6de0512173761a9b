import { topicReceipt } from '../shapes.js';

/** Acknowledges PUBLISH at QoS 1, or reports an error for any QoS, then with the `msgId` of the PUBLISH, 0 for QoS 0 (SN 1.2, 5.4.13). */
export const puback = topicReceipt('PUBACK', 0x0d);
export type Puback = Exclude<ReturnType<typeof puback.decode>, string>;
