/** Connects to a broker once, to see whether it would take the gateway. */
import { connect } from 'mqtt';
import { type Broker, Brokers, type MqttVersion } from './brokers.js';
import { aimAt, type Identity, singleAttempt } from './connect-options.js';
import type { UpstreamOptions } from './options.js';
import { type CodedError, connectFailure, refusesVersion } from './reasons.js';

export type Trial =
  | { broker: string; version: MqttVersion }
  | { broker: string; problem: string; remedy: string };

/** Behind the gateway's own client id: a gateway that runs is not thrown out. */
const CLIENT_ID_TAIL = '-doctor';

/** One broker after the other. `servers` of the options has to have one. */
type TrialOptions = Omit<UpstreamOptions, 'onRoundTrip'>;

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

const SILENT_END = 'the connection ended before the broker had answered';

const CERTIFICATE =
  'mqtt.ca has to name the file with the certificate of the authority that signed that of the broker';
const TLS =
  'does the port speak TLS (else mqtt:// or ws:// instead of mqtts:// or wss://), and does the broker want a certificate (mqtt.cert)?';
const LOGIN = 'look at mqtt.user and mqtt.password_file, and at the users of the broker';

const REMEDIES: Readonly<Record<string, string>> = {
  // CONNACK of 3.1.1 and 5.
  2: 'the broker does not like mqtt.client_id',
  3: 'the broker is there, and takes nobody now: look at its log',
  4: LOGIN,
  5: LOGIN,
  [0x85]: 'the broker does not like mqtt.client_id',
  [0x86]: LOGIN,
  [0x87]: LOGIN,
  [0x88]: 'the broker is there, and takes nobody now: look at its log',
  [0x89]: 'the broker is there, and takes nobody now: look at its log',
  [0x97]: 'the broker has as many connections as it may: look at its limits',
  ECONNREFUSED:
    'nothing listens there: is the broker running, and is the port of mqtt.server right?',
  ECONNRESET:
    'a port for TLS wants mqtts://, one without wants mqtt://; else look at the log of the broker',
  ENOTFOUND: 'the name is not known: an IP address does not depend on the name server',
  EAI_AGAIN: 'no name server answers: is the network up?',
  ETIMEDOUT: 'nobody answers: is the machine on, and does a firewall let it through?',
  EHOSTUNREACH: 'there is no way to it: is the network up?',
  ENETUNREACH: 'there is no way to it: is the network up?',
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  CERT_HAS_EXPIRED: 'its certificate has expired, or the clock of this machine is wrong',
  CERT_NOT_YET_VALID: 'the clock of this machine is behind: see whether it is set',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'mqtt.server has to have the name that is in the certificate of the broker',
  ERR_SSL_WRONG_VERSION_NUMBER: TLS,
  EPROTO: TLS,
};

/** What MQTT.js says when nothing came in time, be it that nobody has accepted the connection. */
const NO_CONNACK = 'connack timeout';

const REMEDIES_BY_MESSAGE: Readonly<Record<string, string>> = {
  [SILENT_END]:
    'a port for TLS wants mqtts://; a broker that allows certain client ids only has to allow mqtt.client_id with "-doctor" behind it',
  [NO_CONNACK]:
    'nobody answers: is the machine on, does a firewall let it through, is it the port for MQTT, and mqtt:// or mqtts://?',
};

/** Of what MQTT.js cannot read it says what is wrong with it, without a code. */
const NO_MQTT =
  'what answers there may be no broker: is the port of mqtt.server right? Else look at its log';

const remedyFor = ({ code, message }: CodedError): string =>
  REMEDIES[String(code)] ??
  REMEDIES_BY_MESSAGE[message] ??
  (code === undefined ? NO_MQTT : 'look at the log of the broker');
