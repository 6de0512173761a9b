/** What to do when a broker does not take the gateway. */
import type { CodedError } from './reasons.js';

/** The connection was over before anything was said. */
export const SILENT_END = 'the connection ended before the broker had answered';

/** Code of a key that would have to be decrypted. */
export const HAS_PASSPHRASE = 'KEY_HAS_PASSPHRASE';

const CERTIFICATE =
  'mqtt.ca has to name the file with the certificate of the authority that signed that of the broker';
const TLS =
  'does the port speak TLS (else mqtt:// or ws:// instead of mqtts:// or wss://), and does the broker want a certificate (mqtt.cert)?';
const PEM =
  'mqtt.cert and mqtt.key have to name files in PEM format, "-----BEGIN CERTIFICATE-----" and "-----BEGIN PRIVATE KEY-----": are they swapped, or cut off?';
const WEAK = 'OpenSSL takes no keys and signatures that are so weak: have a new certificate made';
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
  ERR_OSSL_X509_KEY_VALUES_MISMATCH:
    'mqtt.key is not the key of mqtt.cert: has only one of them been renewed?',
  [HAS_PASSPHRASE]:
    'mqtt.key has a passphrase, which nobody could type at a start: `openssl pkey -in KEY -out PLAIN` takes it off',
  ERR_SSL_EE_KEY_TOO_SMALL: WEAK,
  ERR_SSL_CA_KEY_TOO_SMALL: WEAK,
  ERR_SSL_CA_MD_TOO_WEAK: WEAK,
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

/** What OpenSSL says of the files that it is given. */
const OPENSSL = 'ERR_OSSL_';

/** Of what MQTT.js cannot read it says what is wrong with it, without a code. */
const NO_MQTT =
  'what answers there may be no broker: is the port of mqtt.server right? Else look at its log';

export const remedyFor = ({ code, message }: CodedError): string =>
  REMEDIES[String(code)] ??
  REMEDIES_BY_MESSAGE[message] ??
  (String(code).startsWith(OPENSSL) ? PEM : undefined) ??
  (code === undefined ? NO_MQTT : 'look at the log of the broker');
