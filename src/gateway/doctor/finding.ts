/** What an examination has found. */
export interface Finding {
  /** `problem`: the gateway would not do its work. */
  verdict: 'ok' | 'warning' | 'problem';
  /** What was looked at, and how it is. */
  text: string;
  /** What to do; absent where nothing has to be done. */
  remedy?: string;
}

/** Where nothing shows whether a gateway runs: its store is in memory, and it has no HTTP server. */
export const ALREADY_RUNS = 'if that is this gateway, which runs already, all is well';

export const ok = (text: string): Finding => ({ verdict: 'ok', text });
export const warning = (text: string, remedy: string): Finding => ({
  verdict: 'warning',
  text,
  remedy,
});
export const problem = (text: string, remedy?: string): Finding => ({
  verdict: 'problem',
  text,
  ...(remedy === undefined ? {} : { remedy }),
});
