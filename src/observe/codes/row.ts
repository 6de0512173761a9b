/** What the documentation says of a code. */
export interface Row {
  /** What has happened. */
  cause: string;
  /** What to do about it; "nothing" where all is well. */
  remedy: string;
}

/** `link-down` as it stands in codes: `LINK_DOWN`. */
export type Screaming<Name extends string> = Name extends `${infer Word}-${infer Rest}`
  ? `${Uppercase<Word>}_${Screaming<Rest>}`
  : Uppercase<Name>;

export const screaming = <Name extends string>(name: Name): Screaming<Name> =>
  name.toUpperCase().replaceAll('-', '_') as Screaming<Name>;
