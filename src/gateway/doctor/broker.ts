import type { Config } from '../../config/schema.js';
import { tryBrokers } from '../../upstream/trial.js';
import { upstreamOptions } from '../upstream-options.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Whether each broker can be reached, and takes our login. */
export async function examineBrokers(config: Config): Promise<Finding[]> {
  if (config.mqtt.server === 'embedded') return [ok('broker: the embedded one')];
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
