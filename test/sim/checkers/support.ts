/** What checkers have in common. */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import type { SceneText } from '../story.js';

type DevicePlan = SceneText['devices'][number];

/** Firmware that keeps to the protocol and keeps books that can be relied on. */
export const isHonest = ({ kind }: DevicePlan): boolean => kind === 'sensor' || kind === 'actuator';

const decoder = new TextDecoder();

export const textOf = (payload: Uint8Array): string => decoder.decode(payload);

/** The topic at the broker: `id 1` is how a device writes a predefined one down. */
export const topicOfSent = (client: string, { topic }: SentMessage): string =>
  topic === 'id 1' ? `fixed/${client}` : topic;
