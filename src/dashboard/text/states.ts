/** The states of a session in words, and how much each matters. */
import type { DeviceRow } from '../../http/api/schema/devices.js';

export type State = DeviceRow['state'];

export const STATES = [
  'ACTIVE',
  'AWAKE',
  'ASLEEP',
  'CONNECTING',
  'DISCONNECTED',
  'LOST',
  'REFUSED',
] as const satisfies readonly State[];

/** How a thing is: shown as a colour, never as a colour alone. */
export type Tone = 'good' | 'calm' | 'warn' | 'bad' | 'none';

interface StateText {
  name: string;
  tone: Tone;
  meaning: string;
}

export const STATE_TEXTS: Readonly<Record<State, StateText>> = {
  ACTIVE: { name: 'Active', tone: 'good', meaning: 'connected, and reached at any time' },
  ASLEEP: {
    name: 'Asleep',
    tone: 'calm',
    meaning: 'connected; messages wait until it wakes up with PINGREQ',
  },
  AWAKE: { name: 'Awake', tone: 'good', meaning: 'takes its messages, and sleeps on afterwards' },
  CONNECTING: { name: 'Connecting', tone: 'warn', meaning: 'its CONNECT is not answered yet' },
  DISCONNECTED: {
    name: 'Disconnected',
    tone: 'none',
    meaning: 'it said good-bye, or was disconnected; its will was not published',
  },
  LOST: {
    name: 'Lost',
    tone: 'bad',
    meaning: 'silent for longer than it announced; its will, if it has one, was published',
  },
  REFUSED: { name: 'Not let in', tone: 'bad', meaning: 'its CONNECT was refused' },
};
