/** Looks at everything that the gateway needs of its machine and its broker, without disturbing one that runs. */
import type { Config } from '../../config/schema.js';
import { type Outside, realOutside } from '../outside.js';
import { examineBrokers } from './broker.js';
import { examineClock } from './clock.js';
import { examineDisk } from './disk.js';
import type { Finding } from './finding.js';
import { examineLinks } from './links.js';
import type { RunningGateway } from './running.js';

export type { Finding } from './finding.js';
export { runningGateway } from './running.js';

/** In the order in which they come to be known. `running`: what `runningGateway` has found. */
export async function* examine(
  config: Config,
  running: RunningGateway | undefined,
  outside: Outside = realOutside(),
): AsyncGenerator<Finding> {
  yield examineClock(outside.machine);
  yield* await examineDisk(config.store.path, running);
  yield* await examineLinks(config.links, outside, running);
  yield* await examineBrokers(config, running);
}
