/** What is concluded where it is not known what has been sent in the hour before. */

/** `new`: this journal has never kept any air time. An older one may have been removed, but most probably there was none. */
export type AirDoubt = 'not-kept' | 'store-fails' | 'damaged' | 'new';

/**
 * So much of the hour counts as spent: all of it if an earlier run is likely. Half is left to a first start, because
 * an hour of silence would pass for a gateway that does not work.
 */
export const SPENT_SHARES: Readonly<Record<AirDoubt, number>> = {
  'not-kept': 1,
  'store-fails': 1,
  damaged: 1,
  new: 0.5,
};

const REASONS: Readonly<Record<AirDoubt, string>> = {
  'not-kept': 'nothing is kept over a restart (store.path)',
  'store-fails': 'the journal cannot be read',
  damaged: 'records of the journal are missing',
  new: 'the journal begins here',
};

/** For the operator. */
export function doubtText(doubt: AirDoubt): string {
  const share = SPENT_SHARES[doubt];
  const consequence =
    share === 1
      ? 'links with a duty cycle send nothing for an hour'
      : `links with a duty cycle use ${100 * (1 - share)} % of their air time in the first hour`;
  return `nobody knows what was sent in the hour before, because ${REASONS[doubt]}: ${consequence}`;
}
