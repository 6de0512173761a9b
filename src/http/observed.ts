import type { Config } from '../config/schema.js';
import type { Inspection } from '../core/inspect/inspection.js';
import type { OperatorCommand, OperatorOutcome } from '../core/types.js';
import type { Unready } from '../gateway/gateway.js';
import type { Watch } from '../observe/watch.js';
import type { Captured } from './captures.js';
import type { Measured } from './metrics/index.js';

/** The gateway, as the server needs it. */
export interface Watched extends Measured, Captured {
  readonly configuration: Config;
  /** A look into the core. */
  readonly inspect: Inspection;
  /** What is remembered for those who look on. */
  readonly watch: Watch;
  /** Why the gateway should not be relied on now; none: it may be. */
  unready(): readonly Unready[];
  linkDescription(link: string): string;
  /** Resolves when it is done for good, or as far as it can be done. */
  operate(command: OperatorCommand): Promise<OperatorOutcome>;
  reportBug(error: unknown): void;
}
