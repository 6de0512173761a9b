/** SN 1.2, 5.3.10. Codes from 4 are reserved: a refusal when received, never sent. */
export const RETURN_CODE = {
  accepted: 0,
  /** Silences a conforming client for T_WAIT (over five minutes): only for lasting conditions. */
  congestion: 1,
  /** The peer registers the name again; hopeless for predefined ids. */
  invalidTopicId: 2,
  /** The peer does not repeat the request. */
  notSupported: 3,
} as const;

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
