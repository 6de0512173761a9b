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
