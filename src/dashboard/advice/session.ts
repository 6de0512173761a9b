/** Why a device is connected or not, and whether it is late. */
import type { Device } from '../../http/api/schema/devices.js';
import type { Overview } from '../../http/api/schema/overview.js';
import { agoText, countText, spanText } from '../text/spans.js';
import type { Finding } from './finding.js';
import { latenessMs } from './lateness.js';

const SLEEP_TODO =
  'It has to wake up within the duration of its DISCONNECT. See to its battery and timer; or let it announce a longer ' +
  'duration, if it sleeps that long on purpose.';
const KEEP_ALIVE_TODO =
  'It has to speak within the duration of its CONNECT, by PINGREQ when there is nothing else. See to its battery, to ' +
  'its radio settings, which are those of the link, and to the way to it (last signal below); a device that sleeps has to say so, by DISCONNECT with a duration.';

/** Without a keep alive a sensor may be silent by right; for so long hardly one is. */
const UNSUPERVISED_SILENCE_MAX_MS = 24 * 60 * 60_000;

export function sessionFindings(
  device: Device,
  overview: Overview | undefined,
  now: number,
): Finding[] {
  const finding =
    lateFinding(device, now) ??
    stateFinding(device, now) ??
    unsupervisedFinding(device, overview?.gateway.startedAtMs, now);
  return finding === undefined ? [] : [finding];
}

function lateFinding(device: Device, now: number): Finding | undefined {
  const lateMs = latenessMs(device, now);
  if (lateMs === undefined) return undefined;
  const isSleeper = device.state === 'ASLEEP' || device.state === 'AWAKE';
  const announced = isSleeper ? device.sleepSec : device.keepAliveSec;
  const promise =
    announced === null
      ? ''
      : ` It announced ${isSleeper ? 'a sleep' : 'a keep alive'} of ${spanText(announced * 1000)}.`;
  const end =
    device.givenUpAtMs === null
      ? ''
      : ` In ${spanText(device.givenUpAtMs - now)} it counts as lost, and its will is published.`;
  return {
    id: isSleeper ? 'sleeps-too-long' : 'silent-too-long',
    tone: 'warn',
    what: `${isSleeper ? 'It sleeps too long: it should have woken up' : 'It should have spoken'} ${spanText(lateMs)} ago.${promise}${end}`,
    todo: isSleeper ? SLEEP_TODO : KEEP_ALIVE_TODO,
  };
}

function stateFinding(device: Device, now: number): Finding | undefined {
  const since = device.sinceMs === null ? '' : ` ${agoText(device.sinceMs, now)}`;
  switch (device.state) {
    case 'LOST':
      return lostFinding(device, since);
    case 'REFUSED':
      return refusedFinding(device, since);
    case 'DISCONNECTED':
      if (device.isApproved && device.why === null) return AWAITED;
      return {
        id: 'disconnected',
        tone: 'none',
        what: `It was disconnected${since}: ${device.why ?? 'in an earlier run of the gateway'}.`,
        todo: 'It has to connect again by itself (CONNECT).',
      };
    case 'CONNECTING':
      return {
        id: 'connecting',
        tone: 'warn',
        what: `Its CONNECT came${since}, and is not answered yet: the broker or the device's will is awaited.`,
      };
    case 'ASLEEP':
      return asleepFinding(device, now);
    case 'ACTIVE':
    case 'AWAKE':
      return undefined;
  }
}

/** While it sleeps, or is awake for a moment, its sleep time is watched. */
function unsupervisedFinding(
  { state, keepAliveSec, heardAtMs }: Device,
  startedAtMs: number | undefined,
  now: number,
): Finding | undefined {
  if (state !== 'ACTIVE' || keepAliveSec !== 0) return undefined;
  const start = startedAtMs === undefined ? '' : `, ${agoText(startedAtMs, now)}`;
  const heard =
    heardAtMs === null
      ? `has not been heard since the gateway started${start}`
      : `was heard ${agoText(heardAtMs, now)}`;
  const silenceMs = now - (heardAtMs ?? startedAtMs ?? now);
  return {
    id: 'no-keep-alive',
    tone: silenceMs > UNSUPERVISED_SILENCE_MAX_MS ? 'warn' : 'none',
    what: `It announced no keep alive (duration 0): nobody notices when it falls silent. It ${heard}.`,
    todo: 'Let it CONNECT with a duration, within which it speaks: then it counts as lost when it does not.',
  };
}

function refusedFinding({ isApprovable, why }: Device, since: string): Finding {
  if (why === 'approved') return APPROVED;
  if (isApprovable) return NOT_LET_IN;
  return {
    id: 'refused',
    tone: 'bad',
    what: `It was not let in${since}: ${why ?? 'the log says why'}.`,
    todo: 'Where that lies with the gateway or the broker, it is let in when it asks again (CONNECT).',
  };
}

const NOT_LET_IN: Finding = {
  id: 'not-let-in',
  tone: 'bad',
  what: 'It was not let in: no rule matches this client id, and access.unknown_devices is deny.',
  todo: 'Approve it here, or add a rule for it under `devices` in the configuration.',
};

const APPROVED: Finding = {
  id: 'approved',
  tone: 'none',
  what: 'It was approved, and has not connected since.',
  todo: 'Its next CONNECT is accepted.',
};

/** Whether it has ever connected is not known: an earlier run may have seen it. */
const AWAITED: Finding = {
  ...APPROVED,
  what: 'It is approved, and has not connected since the gateway started.',
};

function lostFinding({ why, announcedSec }: Device, since: string): Finding {
  const isSleeper = why === 'sleep time over';
  const span = announcedSec === null ? '' : ` of ${spanText(announcedSec * 1000)}`;
  const reason = isSleeper
    ? `it slept for longer than the time${span} that it had announced`
    : why === 'keep alive over'
      ? `it was silent for longer than its keep alive${span}`
      : (why ?? 'in an earlier run of the gateway');
  return {
    id: isSleeper ? 'slept-too-long' : 'lost',
    tone: 'bad',
    what: `It was lost${since}: ${reason}. Its will was published, if it has one.`,
    todo: isSleeper ? SLEEP_TODO : KEEP_ALIVE_TODO,
  };
}

function asleepFinding({ dueAtMs, buffered }: Device, now: number): Finding {
  const wake = dueAtMs === null ? '' : `, and wakes up within ${spanText(dueAtMs - now)}`;
  const waiting =
    buffered.messages === 0
      ? ''
      : ` ${countText(buffered.messages, 'message waits', 'messages wait')} until then.`;
  return {
    id: 'asleep',
    tone: 'calm',
    what: `It is asleep${wake}: its silence is no fault.${waiting}`,
  };
}
