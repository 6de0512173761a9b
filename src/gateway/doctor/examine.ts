/** Looks at everything that the gateway needs of its machine and its broker, without disturbing one that runs. */
import type { Config } from '../../config/schema.js';
import { type Outside, realOutside } from '../outside.js';
import { examineBrokers } from './broker.js';
import { examineClock } from './clock.js';
import { examineDisk, runningGateway } from './disk.js';
import type { Finding } from './finding.js';
import { examineLinks } from './links.js';

export type { Finding } from './finding.js';

/** In the order in which they come to be known. */
export async function* examine(
  config: Config,
  outside: Outside = realOutside(),
): AsyncGenerator<Finding> {
  const running = await runningGateway(config.store.path);
  yield examineClock(outside.machine);
  yield* await examineDisk(config.store.path, running);
  yield* await examineLinks(config.links, outside, running);
  yield* await examineBrokers(config);
}
