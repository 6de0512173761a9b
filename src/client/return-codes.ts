import { RETURN_CODE } from '../codec/index.js';

const WORDS: Record<number, string> = {
  [RETURN_CODE.accepted]: 'accepted',
  [RETURN_CODE.congestion]: 'congestion, try again in some minutes',
  [RETURN_CODE.invalidTopicId]: 'invalid topic id',
  [RETURN_CODE.notSupported]: 'not supported',
};

/** A return code in words (SN 1.2, 5.3.10): `2 (invalid topic id)`. */
export function returnCodeText(code: number): string {
  return `${code} (${WORDS[code] ?? 'reserved, counts as a refusal'})`;
}
