/** Names from the field, so that two that differ look different, and none looks like something else. */
import { plain } from '../../spelling/plain.js';

/** Blanks that nobody sees: at the ends, and all but the plain one. */
const UNSEEN = /^ +| +$|[^\P{Zs} ]/gu;

export const nameText = (name: string): string =>
  name === '' ? '(empty)' : plain(name).replace(UNSEEN, spelledOut);

const spelledOut = (blanks: string): string =>
  Array.from(blanks, (blank) => `\\u{${blank.codePointAt(0)?.toString(16)}}`).join('');
