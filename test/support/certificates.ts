import { execFileSync } from 'node:child_process';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes `ca`, and for each name a certificate of it for this machine: NAME.pem and NAME.key in a folder. */
export function makeCertificates(folder: string, ...names: string[]): void {
  const openssl = (...args: string[]): unknown =>
    execFileSync('openssl', ['req', '-x509', ...KEY, ...args], { cwd: folder, stdio: 'ignore' });
  openssl('-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test CA');
  for (const name of names) {
    openssl(
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`],
      ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    );
  }
}
