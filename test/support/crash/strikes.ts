/** When and whom a crash test strikes: chosen beforehand from the seed, so that a run can be told in one line each. */
import type { MessageType } from '../../../src/codec/index.js';
import type { Chance } from './chance.js';

export type Victim = 'gateway' | 'broker' | 'both';

export interface Strike {
  victim: Victim;
  /** Counted from the start of the gateway's process, from when it serves devices, or from when it has its broker. */
  since: 'start' | 'ready' | 'up';
  afterMs: number;
  /** Then at the next frame of this kind that any device hears: right when something was promised. */
  atFrame?: MessageType;
  /** How long the gateway stays away. */
  downMs: number;
  brokerDownMs: number;
}

/** What a gateway has just promised, or begun, with such a frame. */
const TELLING_FRAMES = [
  'PUBACK',
  'PUBREC',
  'PUBCOMP',
  'PUBLISH',
  'PUBREL',
  'REGISTER',
  'REGACK',
  'PINGRESP',
  'DISCONNECT',
  'CONNACK',
] as const satisfies readonly MessageType[];

export function planStrikes(
  chance: Chance,
  count: number,
  victims: readonly [Victim, ...Victim[]],
): Strike[] {
  return Array.from({ length: count }, (): Strike => {
    const victim = chance.pick(victims);
    const away = { downMs: chance.integer(0, 400), brokerDownMs: chance.integer(0, 800) };
    // A gateway that is still starting, too; a broker only when it has been found again.
    if (victim === 'gateway' && chance.integer(1, 6) === 1) {
      return { victim, since: 'start', afterMs: chance.integer(0, 900), ...away };
    }
    const afterMs = chance.integer(50, 700);
    const strike: Strike = {
      victim,
      since: victim === 'gateway' ? 'ready' : 'up',
      afterMs,
      ...away,
    };
    if (chance.integer(1, 2) === 1) strike.atFrame = chance.pick(TELLING_FRAMES);
    return strike;
  });
}

export function tell(strike: Strike): string {
  const { victim, since, afterMs, atFrame, downMs, brokerDownMs } = strike;
  const when = atFrame === undefined ? '' : `, then at the next ${atFrame}`;
  const away = {
    gateway: `${downMs}`,
    broker: `${brokerDownMs}`,
    both: `${downMs} and ${brokerDownMs}`,
  };
  return `${victim}, ${afterMs} ms after ${since}${when}, away for ${away[victim]} ms`;
}
