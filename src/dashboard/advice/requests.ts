/** What the gateway has refused a device or dropped of it, from the lines of the log about it. */
import type { Device } from '../../http/api/schema/devices.js';
import { agoText } from '../text/spans.js';
import type { Finding } from './finding.js';

type Notice = Device['notices'][number];

/** What to do about a line with this code; lines with other codes are in the log alone. */
const TODOS: Readonly<Record<string, string>> = {
  REFUSED_CONNECT:
    'Code 1 is congestion: it tries again by itself. Code 3: see access, and the rules under `devices`.',
  REFUSED_SUBSCRIBE:
    'It hears nothing on this topic. Allow the filter in its rule (devices[].allow.subscribe), or mend what the device ' +
    'asks for; with code 1 (congestion) it may ask again.',
  REFUSED_PUBLISH:
    'Code 2: it has to REGISTER the topic first, or the predefined id is missing under topics.predefined. Code 3: allow ' +
    'the topic in its rule (devices[].allow.publish).',
  REFUSED_REGISTER: 'Mend the topic name in the device, or let it use fewer topics.',
  DROP_AIR_TIME_USED_UP:
    'The duty cycle of its link is exhausted: see the link. It was not the fault of the device.',
  DROP_WAITED_TOO_LONG: 'The air of its link is too busy: see the link.',
  DROP_BUFFER_FULL:
    'Raise sleep.messages or sleep.bytes of its rule, or let it wake up more often.',
  DROP_EXPIRED: 'Raise sleep.age of its rule, or let it wake up more often.',
  DROP_TOO_BIG_FOR_DEVICE: 'Send it shorter messages, or raise max_message if it can take more.',
  DROP_TOPIC_REFUSED_BY_DEVICE: 'The firmware refuses the topic in REGACK: see what it expects.',
  DROP_MESSAGE_REFUSED_BY_DEVICE:
    'The firmware refuses the message in PUBACK: see what it expects.',
  DROP_DEVICE_UNREACHABLE: 'Its radio does not answer: see to its power, address and distance.',
  DROP_RATE_LIMITED:
    'It sends more than limits.datagrams_per_second_per_device allows: a loop in the firmware?',
  DROP_BROKER_REFUSED: 'The broker does not allow it: see the access rules of the broker.',
};

/** The latest of each kind, the latest first. */
export function requestFindings({ notices }: Device, now: number): Finding[] {
  const latest = new Map<string, Notice>();
  for (const notice of notices) {
    if (notice.code in TODOS) latest.set(notice.code, notice);
    // It has been let in since.
    else if (notice.details['why'] === 'connected') latest.delete('REFUSED_CONNECT');
  }
  return [...latest.values()]
    .toSorted((a, b) => b.atMs - a.atMs)
    .map((notice) => findingOf(notice, now));
}

function findingOf({ code, message, atMs }: Notice, now: number): Finding {
  const sentence = message.replace(/^./, (first) => first.toUpperCase());
  return {
    id: code,
    tone: 'warn',
    what: `${sentence} (${agoText(atMs, now)}).`,
    todo: TODOS[code] ?? '',
  };
}
