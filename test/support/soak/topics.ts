/** Topics of a soak test. The last digit of a topic is the QoS of all its messages: order is promised within one QoS. */

export const qosOf = (topic: string): 0 | 1 | 2 => Number(topic.at(-1)) as 0 | 1 | 2;

/** Retained messages of a device. */
export const retainedTopic = (clientId: string): string => `up/${clientId}/r1`;

/** One message of the broker with many receivers. */
export const TOPIC_FOR_ALL = 'down/all/1';

/** By a wildcard, which takes REGISTER, and by name. */
export const filtersOf = (clientId: string): string[] => [`down/${clientId}/#`, TOPIC_FOR_ALL];
