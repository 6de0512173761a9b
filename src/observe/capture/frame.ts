/** What a capture is made of: each frame that the core has taken or given, and what became of it. */
import type { Effect, Input, Signal } from '../../core/types.js';
import { dropText } from '../describe.js';

export interface Frame {
  /** Milliseconds since 1970, when the core took or gave it. */
  wallMs: number;
  link: string;
  direction: 'in' | 'out';
  /** As the link writes it; null: to everybody. */
  address: string | null;
  data: Uint8Array;
  /**
   * `accepted`, `malformed (…)`, `dropped, unknown-sender: …`, `refused, 1: …`, `sent`, `not sent, link-down: …`; cut at
   * `VERDICT_CHARS_MAX`.
   */
  verdict: string;
  signal?: Signal | undefined;
}

/** Of nearly all frames. */
export const USUAL_VERDICT = { in: 'accepted', out: 'sent' } as const;

/** A verdict may quote a topic, which is as long as its sender likes. */
const VERDICT_CHARS_MAX = 200;

/** The frames of one step of the core, in order. `data` may be reused by whoever owns it. */
export function eachFrame(
  input: Input,
  effects: readonly Effect[],
  wallMs: number,
  see: (frame: Frame) => void,
): void {
  if (input.kind === 'datagram') {
    const { link, address, data, signal } = input;
    const said = verdictOn(effects);
    const verdict = said.length > VERDICT_CHARS_MAX ? said.slice(0, VERDICT_CHARS_MAX) : said;
    see({ wallMs, link, direction: 'in', address, data, verdict, signal });
  } else if (input.kind === 'link' && input.event.event === 'dropped' && input.event.data) {
    const { address, data, reason } = input.event;
    const verdict = `not sent, ${dropText(reason)}`;
    const { link } = input;
    see({ wallMs, link, direction: 'out', address, data, verdict, signal: undefined });
  }
  for (const effect of effects) {
    if (effect.kind !== 'send') continue;
    const { link, address, data } = effect;
    const verdict = USUAL_VERDICT.out;
    see({ wallMs, link, direction: 'out', address, data, verdict, signal: undefined });
  }
}

/** What the core has said of the frame that it was given. What it drops on the way down is another message. */
function verdictOn(effects: readonly Effect[]): string {
  for (const effect of effects) {
    if (effect.kind !== 'notice') continue;
    const { notice } = effect;
    if (notice.notice === 'refusal') return `refused, ${notice.returnCode}: ${notice.why}`;
    if (notice.notice !== 'drop' || (notice.what !== 'frame' && notice.what !== 'uplink')) continue;
    const detail = notice.detail === undefined ? '' : ` (${notice.detail})`;
    if (notice.reason === 'malformed') return `malformed${detail}`;
    return `dropped, ${dropText(notice.reason)}${detail}`;
  }
  return USUAL_VERDICT.in;
}

/** `rssi -97 dBm, snr 7.5 dB`: what the modem has told of its reception; empty when it told nothing. */
export function signalText({ rssiDbm, snrDb, lqi }: Signal = {}): string {
  return [
    rssiDbm === undefined ? [] : `rssi ${rssiDbm} dBm`,
    snrDb === undefined ? [] : `snr ${snrDb} dB`,
    lqi === undefined ? [] : `lqi ${lqi}`,
  ]
    .flat()
    .join(', ');
}
