/** Looks at everything that the gateway needs of its machine and its broker, without disturbing one that runs. */
import type { Config } from '../../config/schema.js';
import { type Outside, realOutside } from '../outside.js';
import { ANSWER_TIMEOUT_MS, doesAnswer } from './answering.js';
import { examineBrokers } from './broker.js';
import { examineClock } from './clock.js';
import { examineDisk } from './disk.js';
import { type Finding, problem } from './finding.js';
import { examineLinks } from './links.js';
import { type RunningGateway, runningGateway } from './running.js';

export type { Finding } from './finding.js';

/** What has to be known before anything is touched. */
export interface Surroundings {
  running: RunningGateway | undefined;
  doesStoreAnswer: boolean;
}

export async function lookAround(config: Config): Promise<Surroundings> {
  const { path } = config.store;
  const doesStoreAnswer = path === 'memory' || (await doesAnswer(path));
  return { running: await runningGateway(config, doesStoreAnswer), doesStoreAnswer };
}

/** In the order in which they come to be known. */
export async function* examine(
  config: Config,
  { running, doesStoreAnswer }: Surroundings,
  outside: Outside = realOutside(),
): AsyncGenerator<Finding> {
  yield examineClock(outside.machine);
  if (doesStoreAnswer) yield* await examineDisk(config.store.path, running);
  else yield deadDisk(config.store.path);
  yield* await examineLinks(config.links, outside, running);
  yield* await examineBrokers(config, running);
}

const deadDisk = (path: string): Finding =>
  problem(
    `store ${path}: its disk has not answered within ${ANSWER_TIMEOUT_MS / 1000} s`,
    'is it in the network, and its server away? The journal wants a disk of this machine',
  );
