import { willTopicShape } from './will-topic-shape.js';

/** Will topic during connect (SN 1.2, 5.4.7). The empty form, two octets in all, deletes the stored will. */
export const willtopic = willTopicShape('WILLTOPIC', 0x07);
export type Willtopic = Exclude<ReturnType<typeof willtopic.decode>, string>;
