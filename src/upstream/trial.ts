/** Connects to a broker once, to see whether it would take the gateway. */
import { connect } from 'mqtt';
import { type Broker, Brokers, type MqttVersion } from './brokers.js';
import { aimAt, type Identity, singleAttempt } from './connect-options.js';
import type { UpstreamOptions } from './options.js';
import { type CodedError, connectFailure, refusesVersion } from './reasons.js';
import { remedyFor, SILENT_END } from './remedies.js';

export type Trial =
  | { broker: string; version: MqttVersion }
  | { broker: string; problem: string; remedy: string };

/** Behind the gateway's own client id: a gateway that runs is not thrown out. */
const CLIENT_ID_TAIL = '-doctor';

/** One broker after the other. `servers` of the options has to have one. */
type TrialOptions = Omit<UpstreamOptions, 'onRoundTrip' | 'run'>;

export async function tryBrokers(options: TrialOptions): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const server of options.servers) {
    const broker = new Brokers([server], options.version).current;
    trials.push(await tryBroker(broker, options));
  }
  return trials;
}

async function tryBroker(broker: Broker, options: TrialOptions): Promise<Trial> {
  const error = await attempt(broker, options);
  if (error === undefined) return { broker: broker.name, version: broker.version };
  // Some old brokers only close the connection when they do not know the version.
  if (broker.version === 5 && (refusesVersion(error) || error.message === SILENT_END)) {
    const older = await tryBroker({ ...broker, version: 4 }, options);
    if (refusesVersion(error) || !('problem' in older)) return older;
  }
  // OpenSSL ends what it says with a new line.
  const text = connectFailure(error).detail.trim();
  return { broker: broker.name, problem: text, remedy: remedyFor(error) };
}

/** Why it did not work; undefined: it did, and the connection has ended again. */
async function attempt(broker: Broker, options: TrialOptions): Promise<CodedError | undefined> {
  const identity: Identity = {
    clientId: `${options.clientId}${CLIENT_ID_TAIL}`,
    cleanStart: true,
    persistent: false,
    outlivesUs: false,
    sessionExpirySec: 0,
    user: options.user,
    password: options.password,
  };
  const wanted = singleAttempt(identity);
  try {
    aimAt(wanted, broker, identity, options, 'new');
  } catch (error) {
    // Certificates that make no sense.
    return error as CodedError;
  }
  const client = connect(wanted);
  let reason: CodedError | undefined;
  const outcome = await new Promise<CodedError | undefined>((resolve) => {
    client.on('connect', () => resolve(undefined));
    client.on('error', (error: CodedError) => {
      reason ??= error;
    });
    client.on('close', () => resolve(reason ?? new Error(SILENT_END)));
    client.connect();
  });
  await client.endAsync(true);
  return outcome;
}
