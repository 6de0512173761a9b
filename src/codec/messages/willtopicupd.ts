import { willTopicShape } from './will-topic-shape.js';

/** New will topic during a connection (SN 1.2, 5.4.22). The empty form deletes topic and message. */
export const willtopicupd = willTopicShape('WILLTOPICUPD', 0x1a);
export type Willtopicupd = Exclude<ReturnType<typeof willtopicupd.decode>, string>;
