/** Why what waits for a device does not reach it. */
import type { Device } from '../../http/api/schema/devices.js';
import { countText } from '../text/spans.js';
import { isWeak, signalText } from '../text/signals.js';
import type { Finding } from './finding.js';

/** From this share on the next messages may push out others. */
const NEARLY_FULL = 0.9;

export function deliveryFindings(device: Device): Finding[] {
  return [
    pauseFinding(device),
    bufferFinding(device),
    refusedTopicsFinding(device),
    signalFinding(device),
  ].filter((finding) => finding !== undefined);
}

function pauseFinding({ paused, exchange }: Device): Finding | undefined {
  if (paused === null) return undefined;
  if (paused === 'congestion') {
    return {
      id: 'asked-to-wait',
      tone: 'warn',
      what: 'It answered "congestion", and is left alone for a while; its messages wait.',
    };
  }
  const what =
    exchange === null ? 'what was sent to it' : `${exchange.message} (${exchange.msgId})`;
  return {
    id: 'no-answer',
    tone: 'bad',
    what: `It does not answer ${what}; its messages wait until it speaks again.`,
    todo: 'See to its power and radio. If it is heard but does not hear: its antenna, and the power that the gateway sends with.',
  };
}

function bufferFinding({ buffered, settings }: Device): Finding | undefined {
  if (settings === null || buffered.messages === 0) return undefined;
  const share = Math.max(
    buffered.messages / settings.bufferMessagesMax,
    buffered.bytes / settings.bufferBytesMax,
  );
  if (!(share >= NEARLY_FULL)) return undefined;
  return {
    id: 'buffer-nearly-full',
    tone: 'warn',
    what: `Its sleep buffer is nearly full: ${buffered.messages} of ${countText(settings.bufferMessagesMax, 'message')}; then it goes by ${settings.bufferPolicy}.`,
    todo: 'Let it wake up more often, or raise sleep.messages and sleep.bytes of its rule.',
  };
}

function refusedTopicsFinding({ topicIds }: Device): Finding | undefined {
  const refused = topicIds.filter(({ isRefused }) => isRefused).map(({ topic }) => topic);
  if (refused.length === 0) return undefined;
  return {
    id: 'topics-refused',
    tone: 'warn',
    what: `It has refused the topic of ${refused.join(', ')} (REGACK): messages on it are dropped.`,
    todo: 'Its firmware has no room or no use for it: see to its subscriptions.',
  };
}

function signalFinding({ signal }: Device): Finding | undefined {
  if (signal === null || !isWeak(signal)) return undefined;
  return {
    id: 'weak-signal',
    tone: 'warn',
    what: `Its latest frame was weak (${signalText(signal) ?? ''}): some frames will be lost.`,
    todo: 'A better place for an antenna does more than power; on LoRa a higher spreading factor reaches further, and costs air time.',
  };
}
