import type { Config } from '../../config/schema.js';
import { listenAddressText } from '../../config/values.js';
import { EmbeddedBroker } from '../../upstream/embedded.js';
import { tryBrokers } from '../../upstream/trial.js';
import { upstreamOptions } from '../upstream-options.js';
import { type Finding, ok, problem, warning } from './finding.js';
import { listenRemedy } from './listening.js';
import type { RunningGateway } from './running.js';

/** Whether each broker can be reached, and takes our login; the embedded one, whether it can listen. */
export async function examineBrokers(
  config: Config,
  running: RunningGateway | undefined,
): Promise<Finding[]> {
  if (config.mqtt.server === 'embedded') return [await examineEmbedded(config, running)];
  const trials = await tryBrokers(upstreamOptions(config, () => config));
  const works = trials.some((trial) => !('problem' in trial));
  return trials.map((trial) => {
    if ('problem' in trial) {
      const text = `broker ${trial.broker}: ${trial.problem}`;
      return works ? warning(text, trial.remedy) : problem(text, trial.remedy);
    }
    const version = trial.version === 5 ? '5' : '3.1.1';
    const login = config.mqtt.user === undefined ? '' : `, login ${config.mqtt.user} accepted`;
    return ok(`broker ${trial.broker}: speaks MQTT ${version}${login}`);
  });
}

async function examineEmbedded(
  { mqtt: { embedded } }: Config,
  running: RunningGateway | undefined,
): Promise<Finding> {
  const text = `broker: the embedded one on ${listenAddressText(embedded)}`;
  if (running !== undefined) return ok(`${text}, left to the gateway that runs`);
  const broker = new EmbeddedBroker(embedded.host, embedded.port, SILENT);
  try {
    await broker.start();
    await broker.stop();
    return ok(text);
  } catch (error) {
    return problem(`broker: ${(error as Error).message}`, listenRemedy(error as Error));
  }
}

const silent = (): void => {};
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };
