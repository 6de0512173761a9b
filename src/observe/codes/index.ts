/**
 * Every code that the log can have. Whoever writes a line has its code from here, so a code without a row
 * does not compile; `docs/codes.md` is made of the rows.
 */
import type { DropReason } from '../../core/types.js';
import type { BROKER } from './broker.js';
import type { DEVICES } from './devices.js';
import type { GATEWAY } from './gateway.js';
import type { LINKS } from './links.js';
import type { Screaming } from './row.js';

/** Stable: operators write alerts on it. */
export type Code =
  | `DROP_${Screaming<DropReason>}`
  | keyof typeof BROKER
  | keyof typeof DEVICES
  | keyof typeof GATEWAY
  | keyof typeof LINKS;
