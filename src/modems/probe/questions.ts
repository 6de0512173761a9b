/**
 * What is asked of a line, and at which baud rates. A modem that takes text or frames answers and sends
 * nothing; a transparent one takes the question for data, and sends it over the air.
 */
import { octetsOf, textOf } from '../../framing/text-lines.js';
import { encodeXbeeFrame } from '../../framing/xbee-frame.js';
import { aquilaLeavePairing } from '../aquila-frames.js';
import type { ModemName } from '../registry.js';
import { atCommandFrame } from '../xbee/frames.js';
import { xbeeVersion } from '../speaker/frames.js';
import { type Speaker, speakerOf } from '../speaker/speaker.js';

export interface Question {
  /** Who would answer it, for people who wait. */
  for: string;
  octets: Uint8Array;
  /** Silence that has to be before it. */
  quietMs: number;
  /** Nobody answers later. */
  answerMs: number;
  /** What the answer means; undefined: nothing. */
  read: (answer: Uint8Array) => Meaning | undefined;
  /** Sent when its time is over, whatever was answered. */
  farewell?: Uint8Array;
}

export type Meaning =
  | { kind: 'found'; speaker: Speaker }
  /** To know, another question is needed. */
  | { kind: 'ask'; question: Question };

/** Of one baud rate; undefined: whatever the line has, as with a device server. */
export interface Stage {
  baudRate: number | undefined;
  listenMs: number;
  questions: readonly Question[];
}

/** Drivers give their modems as long. They answer within some milliseconds; who is late is the machine, or a device server. */
const ANSWER_MS = 1000;
/** An answer that means something is whole when so long nothing has followed: adapters gather octets for 16 ms. */
export const WHOLE_AFTER_MS = 300;
/** GT of an XBee: so long nothing may be sent before and after `+++`. */
const GUARD_MS = 1100;
/** The second pause, and the answer. */
const COMMAND_MODE_ANSWER_MS = GUARD_MS + 1000;

const found = (speaker: Speaker): Meaning => ({ kind: 'found', speaker });

/** The version belongs to the answer: a modem that speaks without it is asked for it. */
function readOrAskVersion(answer: Uint8Array): Meaning | undefined {
  const speaker = speakerOf(answer);
  return speaker && foundOrAskVersion(speaker);
}

export function foundOrAskVersion(speaker: Speaker): Meaning {
  const octets = speaker.modem && VERSION_QUESTIONS[speaker.modem];
  if (octets === undefined || speaker.version !== undefined) return found(speaker);
  return {
    kind: 'ask',
    question: question(`the firmware of ${speaker.what}`, octets, (answer) => {
      const again = speakerOf(answer);
      return found(again !== undefined && again.modem === speaker.modem ? again : speaker);
    }),
  };
}

function question(who: string, octets: Uint8Array, read: Question['read']): Question {
  return { for: who, octets, quietMs: 0, answerMs: ANSWER_MS, read };
}

const XBEE_VERSION = encodeXbeeFrame(atCommandFrame(1, 'VR'), 1);
const RN_VERSION = octetsOf('sys get ver\r\n');
const RUI3_VERSION = octetsOf('AT+VER=?\r\n');

const VERSION_QUESTIONS: Readonly<Partial<Record<ModemName, Uint8Array>>> = {
  xbee: XBEE_VERSION,
  rn2483: RN_VERSION,
  rui3: RUI3_VERSION,
  rylr: octetsOf('AT+VER?\r\n'),
};

const AT_DEVICE: Speaker = {
  modem: undefined,
  what: 'something with AT commands that is no modem of ours: for mobile networks, Bluetooth or Wi-Fi perhaps',
};

/** As a line of its own: `+OK` is another's answer. */
const OK = /(?:^|[\r\n])OK\r/;
const HEX_NUMBER = /(?:^|\r)([0-9A-F]{3,8})\r/;

const TRANSPARENT_XBEE: Speaker = {
  modem: 'xbee',
  what: 'an XBee of Digi in transparent mode',
  advice:
    'it has to be in API mode: with "configure: true" the gateway switches it for good, or set AP to 2 with XCTU',
  setting: 'xbee: { configure: true }',
};

const xbee = question('an XBee in API mode', XBEE_VERSION, readOrAskVersion);
const rn2483 = question('an RN2483 or RN2903', RN_VERSION, readOrAskVersion);
const aquila = question('an Aquila bridge', aquilaLeavePairing(), readOrAskVersion);

/** RUI3 says `OK`, and so does much else; RYLR says `+OK`. */
const at = question('a module with RUI3, or RYLR', octetsOf('AT\r\n'), (answer) => {
  const meaning = readOrAskVersion(answer);
  if (meaning !== undefined || !OK.test(textOf(answer))) return meaning;
  const version = question('a module with RUI3', RUI3_VERSION, (text) =>
    found(speakerOf(text) ?? AT_DEVICE),
  );
  return { kind: 'ask', question: version };
});

/** Text mode between two pauses: an XBee does not send these octets. */
const xbeeText: Question = {
  for: 'an XBee in transparent mode',
  octets: octetsOf('+++'),
  quietMs: GUARD_MS,
  answerMs: COMMAND_MODE_ANSWER_MS,
  read: (answer) => {
    if (!OK.test(textOf(answer))) return readOrAskVersion(answer);
    const version = question('its firmware', octetsOf('ATVR\r'), (text) => {
      const [, digits] = HEX_NUMBER.exec(textOf(text)) ?? [];
      if (digits === undefined) return found(AT_DEVICE);
      return found({ ...TRANSPARENT_XBEE, version: xbeeVersion(digits) });
    });
    return { kind: 'ask', question: { ...version, farewell: octetsOf('ATCN\r') } };
  },
};

const ALL = [xbee, rn2483, at, aquila, xbeeText];

/** A line that speaks by itself needs no question. Devices report seldom: this is for what has just been reset. */
const LISTEN_MS = 500;
/** Opening the port resets an Arduino, whose bootloader takes two seconds before the bridge says that it is there. */
const LISTEN_AFTER_RESET_MS = 2500;

/** The usual rates of the modems, with what is usual there. */
const USUAL: readonly Stage[] = [
  { baudRate: 9600, listenMs: LISTEN_AFTER_RESET_MS, questions: [xbee, xbeeText] },
  { baudRate: 115_200, listenMs: LISTEN_AFTER_RESET_MS, questions: [xbee, at, aquila] },
  { baudRate: 57_600, listenMs: LISTEN_MS, questions: [xbee, rn2483] },
  { baudRate: 38_400, listenMs: LISTEN_MS, questions: [xbee] },
];
const RATES = [9600, 115_200, 57_600, 38_400, 19_200, 230_400, 4800, 2400, 1200];

/** `usual`: each question where it is usual; `all`: everything everywhere; a number or `as-is`: there alone. */
export function probeStages(where: number | 'as-is' | 'usual' | 'all'): readonly Stage[] {
  if (where === 'usual') return USUAL;
  const rates = where === 'all' ? RATES : [where === 'as-is' ? undefined : where];
  return rates.map((baudRate) => ({
    baudRate,
    listenMs: LISTEN_AFTER_RESET_MS,
    questions: ALL,
  }));
}
