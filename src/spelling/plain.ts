/** What came from outside never controls a terminal, nor looks like a line of its own. */
export const plain = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, spelledOut);

/** Characters that nobody sees, by their numbers: `\u{202e}`. */
export const spelledOut = (unseen: string): string =>
  Array.from(unseen, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`).join('');
