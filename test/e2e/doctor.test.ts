/** What `doctor` says of real brokers, ports and a gateway that runs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { registerDoctor } from '../../src/cli/doctor.js';
import type { Finding } from '../../src/gateway/doctor/examine.js';
import { makeCertificates } from '../support/certificates.js';
import { Cleanup } from '../support/cleanup.js';
import { deadDisk } from '../support/dead-disk.js';
import { Mosquitto, type MosquittoOptions } from '../support/mosquitto.js';
import { freePort } from '../support/ports.js';
import { connack, ScriptedBroker, type Session } from '../support/scripted-broker.js';
import { Site, udpLink } from '../support/site.js';
import { TcpModem } from '../support/tcp-modem.js';
import { PATIENCE_MS, until } from '../support/wait.js';
import { runCommand } from '../unit/cli/test-terminal.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const newFolder = (): string =>
  cleanup.add(mkdtempSync(join(tmpdir(), 'mqttsn-doctor-')), (one) =>
    rmSync(one, { recursive: true, force: true }),
  );

const brokerOf = async (options?: MosquittoOptions): Promise<Mosquitto> =>
  cleanup.add(await Mosquitto.start(options), (one) => one.dispose());

const lan = udpLink();

/** What it finds with a configuration in a folder, by what each finding is about. */
async function doctor(config: object, folder = newFolder()) {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, JSON.stringify(config));
  const { output, exitCode } = await runCommand(registerDoctor, ['doctor', '--json', '-c', file]);
  const findings = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
  return {
    exitCode,
    about: (word: string) => findings.filter(({ text }) => text.startsWith(word)),
  };
}

it('everything in order: exit code 0', async () => {
  const broker = await brokerOf();
  const store = { path: join(newFolder(), 'data') };
  const { exitCode, about } = await doctor({ mqtt: { server: broker.url }, links: [lan], store });
  expect(about('broker')).toEqual([{ verdict: 'ok', text: `broker ${broker.url}: speaks MQTT 5` }]);
  expect(about('link')).toEqual([{ verdict: 'ok', text: 'link lan: UDP 127.0.0.1:0' }]);
  expect(about('store')[0]?.verdict).toBe('ok');
  expect(exitCode).toBe(0);
});

it('a login is tried, under another client id than that of the gateway', async () => {
  const folder = newFolder();
  const passwords = join(folder, 'passwords');
  writeFileSync(passwords, '', { mode: 0o644 });
  execFileSync('mosquitto_passwd', ['-b', passwords, 'gw', 'right'], { stdio: 'ignore' });
  const broker = await brokerOf({
    listener: [`password_file ${passwords}`, 'allow_anonymous false', 'user root'],
  });
  const mqtt = { server: broker.url, user: 'gw', client_id: 'mine' };
  const right = await doctor({ mqtt: { ...mqtt, password: 'right' }, links: [lan] });
  expect(right.about('broker')[0]?.text).toContain('login gw accepted');
  await until(() => broker.log.includes('as mine-doctor'), PATIENCE_MS, 'its log');
  const wrong = await doctor({ mqtt: { ...mqtt, password: 'wrong' }, links: [lan] });
  expect(wrong.about('broker')).toMatchObject([
    { verdict: 'problem', remedy: expect.stringContaining('mqtt.password_file') as string },
  ]);
  expect(wrong.exitCode).toBe(1);
});

it('TLS: the authority is missing, the broker speaks none, everything fits', async () => {
  const folder = newFolder();
  makeCertificates(folder, 'server');
  const file = (name: string): string => join(folder, name);
  const broker = await brokerOf({
    listener: [
      ...['allow_anonymous true', 'user root', `cafile ${file('ca.pem')}`],
      ...[`certfile ${file('server.pem')}`, `keyfile ${file('server.key')}`],
    ],
  });
  const server = broker.url.replace('mqtt:', 'mqtts:');
  const unknown = await doctor({ mqtt: { server }, links: [lan] });
  expect(unknown.about('broker')[0]?.remedy).toContain('mqtt.ca');
  const known = await doctor({ mqtt: { server, ca: file('ca.pem') }, links: [lan] });
  expect(known.about('broker')[0]?.verdict).toBe('ok');
  const plain = await doctor({ mqtt: { server: broker.url }, links: [lan] });
  expect(plain.about('broker')[0]?.remedy).toContain('mqtts://');
  const other = await brokerOf();
  const tls = other.url.replace('mqtt:', 'mqtts:');
  expect((await doctor({ mqtt: { server: tls }, links: [lan] })).about('broker')).toMatchObject([
    { verdict: 'problem', remedy: expect.stringContaining('mqtt://') as string },
  ]);
});

it('a store on a disk that never answers is told, and the command ends', async (context) => {
  const folder = newFolder();
  const disk = cleanup.add(deadDisk(context, folder), (one) => one.remove());
  const file = join(newFolder(), 'gateway.yaml');
  const store = { path: join(disk.path, 'data') };
  const config = { mqtt: { server: 'embedded', embedded: { port: 0 } }, links: [lan], store };
  writeFileSync(file, JSON.stringify(config));
  const { status, stdout } = spawnSync(process.execPath, ['dist/main.js', 'doctor', '-c', file], {
    encoding: 'utf8',
  });
  expect(stdout).toContain(`PROBLEM store ${store.path}: its disk has not answered within 5 s`);
  expect(stdout).toContain('ok      broker');
  expect(status).toBe(1);
});

it('certificates and keys that make no sense', async () => {
  const folder = newFolder();
  makeCertificates(folder, 'server', 'other');
  const [cert, key, otherKey] = ['server.pem', 'server.key', 'other.key'].map((name) =>
    join(folder, name),
  );
  const secret = join(folder, 'secret.key');
  execFileSync('openssl', [
    'pkey',
    '-in',
    key ?? '',
    '-aes128',
    '-passout',
    'pass:x',
    '-out',
    secret,
  ]);
  const remedy = async (keys: object): Promise<string | undefined> => {
    const mqtt = { server: 'mqtts://127.0.0.1:1', ...keys };
    return (await doctor({ mqtt, links: [lan] })).about('broker')[0]?.remedy;
  };
  expect(await remedy({ cert: key, key: cert })).toContain('swapped');
  expect(await remedy({ cert, key: otherKey })).toContain('not the key of mqtt.cert');
  // What comes out without the passphrase may be anything, and this is nothing.
  const gibberish = join(folder, 'gibberish.key');
  const [begins, , ...rest] = readFileSync(secret, 'utf8').split('\n');
  writeFileSync(gibberish, [begins, ...rest].join('\n'));
  for (const file of [secret, gibberish])
    expect(await remedy({ cert, key: file })).toContain('passphrase');
});

it('of several brokers one that works is enough', async () => {
  const broker = await brokerOf();
  const away = `mqtt://127.0.0.1:${await freePort()}`;
  const { about, exitCode } = await doctor({ mqtt: { server: [away, broker.url] }, links: [lan] });
  expect(about('broker')).toMatchObject([
    { verdict: 'warning', remedy: expect.stringContaining('nothing listens there') as string },
    { verdict: 'ok' },
  ]);
  expect(exitCode).toBe(0);
});

it.each<[string, (session: Session) => void]>([
  ['says so', (session) => session.send(connack(undefined, 0x84))],
  ['closes the connection', (session) => session.socket.end()],
])('a broker that does not know MQTT 5, and %s, is asked again', async (_, refuse) => {
  const old = await ScriptedBroker.start(({ cmd }, session) => {
    if (cmd !== 'connect') return;
    if (session.version === 5) refuse(session);
    else session.send(connack());
  });
  cleanup.add(old, (one) => one.stop());
  const { about } = await doctor({ mqtt: { server: old.url }, links: [lan] });
  expect(about('broker')).toEqual([
    { verdict: 'ok', text: `broker ${old.url}: speaks MQTT 3.1.1` },
  ]);
});

it('something that is no broker', async () => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  cleanup.add(server, (one) => one.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { about } = await doctor({ mqtt: { server: `mqtt://127.0.0.1:${port}` }, links: [lan] });
  expect(about('broker')[0]).toMatchObject({
    verdict: 'problem',
    text: expect.stringContaining('ended before the broker had answered') as string,
  });
});

it.each([
  ['mqtt', 'may be no broker'],
  ['mqtts', 'does the port speak TLS'],
])('a web server, asked with %s://', async (scheme, remedy) => {
  const answer = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n';
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(answer));
  }).listen(0, '127.0.0.1');
  cleanup.add(server, (one) => one.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const url = `${scheme}://127.0.0.1:${port}`;
  const [finding] = (await doctor({ mqtt: { server: url }, links: [lan] })).about('broker');
  expect(finding?.remedy).toContain(remedy);
  expect(finding?.text).not.toContain('\n');
});

it('ports that are missing, that nobody serves, and that are none', async () => {
  const serial = (name: string, port: string): object => ({
    ...{ name, port, type: 'serial', modem: 'slip' },
    radio: { frequency: '869.525MHz', bytes_per_second: 100, region: 'EU868' },
  });
  const links = [
    serial('a', '/dev/ttyUSB99'),
    serial('b', `tcp://127.0.0.1:${await freePort()}`),
    serial('c', '/dev/null'),
  ];
  const { about, exitCode } = await doctor({ links });
  expect(about('link').map(({ verdict, text }) => [verdict, text.split(': ').at(-1)])).toEqual([
    ['problem', expect.stringContaining('/dev/ttyUSB99 is not there') as string],
    ['problem', expect.stringContaining('nothing listens there') as string],
    ['problem', '/dev/null is not a serial port; `mqttsn-gateway ports` lists those that are'],
  ]);
  expect(exitCode).toBe(1);
});

it('a port of UDP that somebody has', async () => {
  const first = cleanup.add(
    await Site.start(
      { mode: 'aggregating', version: 5 },
      { sections: { store: { path: 'memory' } } },
    ),
    (one) => one.dispose(),
  );
  const taken = udpLink({ listen: `127.0.0.1:${first.daemon.port()}` });
  const { about } = await doctor({ links: [taken] });
  expect(about('link "lan"')).toMatchObject([
    { verdict: 'problem', text: expect.stringContaining('in use') as string },
  ]);
});

it('a gateway that runs is recognised, and not disturbed', async () => {
  const modem = cleanup.add(await TcpModem.start(), (one) => one.stop());
  const field = { name: 'field', type: 'serial', port: modem.port, modem: 'slip' };
  const site = cleanup.add(
    await Site.start(
      { mode: 'aggregating', version: 5 },
      { sections: { links: [udpLink(), field] } },
    ),
    (one) => one.dispose(),
  );
  await modem.connected();
  const device = await site.connected('device');
  const store = { path: join(site.daemon.folder, 'data') };
  const { about, exitCode } = await doctor({ ...site.config, store });
  expect(about('store')[0]?.text).toContain(`(process ${site.daemon.pid})`);
  expect(about('link').map(({ verdict }) => verdict)).toEqual(['ok', 'ok']);
  expect(exitCode).toBe(0);
  await device.ping();
  expect(site.daemon.count({ code: 'LINK_PORT_LOST' })).toBe(0);
  await site.stop();
});

it('a gateway without a file to lock is recognised by its HTTP server', async () => {
  const port = await freePort();
  const sections = { store: { path: 'memory' }, http: { listen: `127.0.0.1:${port}` } };
  const site = cleanup.add(
    await Site.start({ mode: 'aggregating', version: 4, embedded: true }, { sections }),
    (one) => one.dispose(),
  );
  const taken = udpLink({ listen: `127.0.0.1:${site.daemon.port()}` });
  const embedded = { host: '127.0.0.1', port: site.daemon.brokerPort() };
  const mqtt = { server: 'embedded', embedded };
  const { about, exitCode } = await doctor({ ...sections, mqtt, links: [taken] });
  for (const word of ['link', 'broker', 'http']) {
    expect(about(word)[0]?.text).toContain('left to the gateway that runs');
  }
  expect(exitCode).toBe(0);
});

it('a gateway that answers, and has another store, is told: it may be another one', async () => {
  const port = await freePort();
  const sections = { store: { path: 'memory' }, http: { listen: `127.0.0.1:${port}` } };
  cleanup.add(await Site.start({ mode: 'aggregating', version: 5 }, { sections }), (one) =>
    one.dispose(),
  );
  const store = { path: join(newFolder(), 'data') };
  const { about } = await doctor({ ...sections, store, links: [lan] });
  expect(about('store').map(({ verdict }) => verdict)).toEqual(['ok', 'warning']);
  expect(about('store')[1]?.text).toContain(`the gateway at 127.0.0.1:${port} runs`);
});

it('ports for the embedded broker and for HTTP that somebody else has', async () => {
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  cleanup.add(server, (one) => one.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const mqtt = { server: 'embedded', embedded: { host: '127.0.0.1', port } };
  const http = { listen: `127.0.0.1:${port}` };
  const { about, exitCode } = await doctor({ mqtt, http, links: [lan] });
  expect(about('broker')).toMatchObject([
    { verdict: 'problem', text: expect.stringContaining('perhaps Mosquitto') as string },
  ]);
  expect(about('http')).toMatchObject([
    { verdict: 'problem', text: expect.stringContaining('in use') as string },
  ]);
  expect(exitCode).toBe(1);
  server.close();
  await once(server, 'close');
  const free = await doctor({ mqtt, http: { listen: '127.0.0.1:0' }, links: [lan] });
  expect([...free.about('broker'), ...free.about('http')].map(({ verdict }) => verdict)).toEqual([
    'ok',
    'ok',
  ]);
});

it('a configuration with mistakes has those first, and nothing else', async () => {
  const { about, exitCode } = await doctor({ linkz: [] });
  expect(about('configuration')).toMatchObject([{ verdict: 'problem' }]);
  expect(exitCode).toBe(78);
});
