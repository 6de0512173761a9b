import { readFileSync } from 'node:fs';

/** A file with nearly every key, and the files that it names. */
export const complete = readFileSync(
  new URL('../../vectors/config/complete.yaml', import.meta.url),
  'utf8',
);

export const namedFiles = {
  '/run/secrets/mqtt': 'broker-secret\n',
  '/run/secrets/doors': 'door-secret\n',
  '/run/secrets/http': 'http-secret\n',
  'ca.pem': 'CA\n',
  'gw.pem': 'CERT\n',
  'gw.key': 'KEY\n',
};
