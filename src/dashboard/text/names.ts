/** Names from the field, so that two that differ look different, and none looks like something else. */
import { plain, spelledOut } from '../../spelling/plain.js';

/** Blanks that nobody sees: at the ends, and all but the plain one. */
const UNSEEN = /^ +| +$|[^\P{Zs} ]/gu;

export const nameText = (name: string): string =>
  name === '' ? '(empty)' : plain(name).replace(UNSEEN, spelledOut);
