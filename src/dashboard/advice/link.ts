/** What is the matter with a link. */
import type { LinkOverview } from '../../http/api/schema/overview.js';
import { signalText } from '../text/signals.js';
import { agoText, countText, spanText } from '../text/spans.js';
import { type Finding, withoutLinkName } from './finding.js';

/** So long nobody may speak on a link that has come up without anybody wondering. */
const SILENCE_MS = 60_000;
/** So long a link may hear nothing, though devices of it are missing: others may not have had anything to say. */
const SILENCE_OF_ALL_MS = 10 * 60_000;
/** From here on the next frame may be one too many. */
export const AIR_TIME_NEARLY_USED = 0.9;

/** Codes of problems that wrong settings of a modem cause. */
const SETTINGS_CODES: ReadonlySet<string> = new Set([
  'MODEM_SILENT',
  'MODEM_WRONG_MODE',
  'MODEM_WRONG_BAUD_RATE',
  'MODEM_SETTING_REFUSED',
  'LINK_NOISE',
]);

const SETTINGS_TODO =
  'Compare modem, port and baudrate of this link in the configuration with the module that is plugged in; ' +
  '`mqttsn-gateway modem probe` asks the module what it is.';

export function linkFindings(link: LinkOverview, now: number): Finding[] {
  return [
    stateFinding(link),
    airTimeFinding(link),
    assumedFinding(link),
    congestionFinding(link),
    silenceFinding(link, now),
    nonsenseFinding(link),
  ].filter((finding) => finding !== undefined);
}

function stateFinding({ state, trouble }: LinkOverview): Finding | undefined {
  if (trouble !== null) {
    const todo = SETTINGS_CODES.has(trouble.code) ? { todo: SETTINGS_TODO } : {};
    const tone = state === 'up' ? 'warn' : 'bad';
    return { id: trouble.code, tone, what: withoutLinkName(trouble.message), ...todo };
  }
  if (state === 'up') return undefined;
  return state === 'down'
    ? { id: 'link-down', tone: 'bad', what: 'The link is down: nothing can come in or go out.' }
    : { id: 'link-starting', tone: 'warn', what: 'The link is starting.' };
}

/** Of the allowance of an hour, 0 to 1; undefined: there is none. */
export function airTimeShare({ airTime }: LinkOverview): number | undefined {
  if (airTime === null || airTime.allowedSec === null || airTime.allowedSec === 0) return undefined;
  return airTime.usedSec / airTime.allowedSec;
}

function airTimeFinding(link: LinkOverview): Finding | undefined {
  const { airTime } = link;
  const share = airTimeShare(link);
  if (airTime === null || share === undefined || share < AIR_TIME_NEARLY_USED) return undefined;
  const used = `${airTime.usedSec.toFixed(1)} s of ${airTime.allowedSec ?? 0} s in an hour are used`;
  const waiting =
    airTime.queuedFrames === 0
      ? ''
      : ` ${countText(airTime.queuedFrames, 'frame')} (${airTime.queuedSec.toFixed(1)} s) wait.`;
  const todo =
    'It frees itself, as what was sent becomes older than an hour. For good: fewer or shorter messages to devices, ' +
    'a lower spreading factor, or a sub-band with a higher duty cycle (frequency of the link).';
  if (airTime.queuedFrames > 0 || share >= 1) {
    const what = `The duty cycle is exhausted: ${used}. Devices are heard, but get no answers.${waiting}`;
    return { id: 'air-time-exhausted', tone: 'bad', what, todo };
  }
  return {
    id: 'air-time-low',
    tone: 'warn',
    what: `The duty cycle is nearly exhausted: ${used}.`,
    todo,
  };
}

function assumedFinding({ airTime }: LinkOverview): Finding | undefined {
  if (airTime === null || (airTime.assumedSec === 0 && !airTime.isReduced)) return undefined;
  if (airTime.isReduced) {
    return {
      id: 'air-time-reduced',
      tone: 'warn',
      what: 'The store fails, so only a part of the allowed air time is used.',
      todo: 'See to the disk: what was sent has to be known after a restart.',
    };
  }
  return {
    id: 'air-time-assumed',
    tone: 'none',
    what: `${airTime.assumedSec.toFixed(1)} s of air time are counted for an earlier run, because nobody knows what it has sent.`,
  };
}

function congestionFinding({ isCongested, airTime }: LinkOverview): Finding | undefined {
  if (!isCongested) return undefined;
  const waiting = airTime === null ? '' : ` (${airTime.queuedSec.toFixed(1)} s of frames wait)`;
  return {
    id: 'link-congested',
    tone: 'warn',
    what: `The air has room for answers only${waiting}: CONNECT and SUBSCRIBE are answered with "congestion".`,
    todo: 'Devices try again by themselves. Where it lasts: fewer messages to devices, or a faster radio setting.',
  };
}

function silenceFinding(link: LinkOverview, now: number): Finding | undefined {
  const { state, trouble, heardAtMs, sinceMs, devices, missing, type } = link;
  if (state !== 'up' || trouble !== null) return undefined;
  const todo =
    type === 'udp'
      ? 'Compare address and port with those that devices send to; a firewall may be in between.'
      : 'Both ends of a radio need the same settings: frequency, spreading factor, bandwidth, network id, addressing.';
  if (heardAtMs === null) {
    // Those of an earlier run may sleep.
    if (now - sinceMs < SILENCE_MS || (devices > 0 && missing === 0)) return undefined;
    const what = `Nothing has come in since the link is up, for ${spanText(now - sinceMs)}.`;
    return { id: 'link-silent', tone: 'warn', what, todo };
  }
  if (missing === 0 || now - heardAtMs < SILENCE_OF_ALL_MS) return undefined;
  const what = `Nothing has come in for ${spanText(now - heardAtMs)}, and ${countText(missing, 'device is', 'devices are')} late or lost there.`;
  return { id: 'link-fell-silent', tone: 'warn', what, todo: `See to its antenna. ${todo}` };
}

function nonsenseFinding({ received: { frames, malformed } }: LinkOverview): Finding | undefined {
  if (frames === 0 || malformed < frames) return undefined;
  return {
    id: 'link-hears-nonsense',
    tone: 'warn',
    what: `All that has come in is no MQTT-SN: ${countText(frames, 'frame')}.`,
    todo: 'Something else sends there, or with other settings: port, framing (modem), addressing. The log has each as DROP_MALFORMED (level debug), and the frames are in a capture.',
  };
}

/** That a link hears others: then it is not the link that keeps one device from being heard. */
export function hearingFinding(link: LinkOverview, now: number): Finding | undefined {
  const { state, heardAtMs, received, signal } = link;
  if (state !== 'up' || heardAtMs === null || received.malformed >= received.frames) {
    return undefined;
  }
  const how = signal === null ? undefined : signalText(signal);
  const latest = `the latest frame came ${agoText(heardAtMs, now)}${how === undefined ? '' : `, ${how}`}`;
  return {
    id: 'link-hears',
    tone: 'none',
    what: `It hears others (${latest}).`,
    todo: 'If the device is to be heard there, its own settings differ from those of the others, or it is out of reach.',
  };
}
