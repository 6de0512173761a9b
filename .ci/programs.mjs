/** The programs of the system that tests talk to: the one list, and how Debian installs them. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './prepare.mjs';

/**
 * Program, Debian package, why; `better`: program and package that do the same for less. A line stays only while a test
 * needs it.
 */
export const PROGRAMS = [
  { program: 'mosquitto', package: 'mosquitto', why: 'the broker behind the gateway' },
  { program: 'mosquitto_sub', package: 'mosquitto-clients', why: 'independent MQTT clients' },
  { program: 'openssl', package: 'openssl', why: 'certificates for TLS' },
  { program: 'socat', package: 'socat', why: 'serial ports without hardware' },
  {
    program: 'chromium',
    package: 'chromium',
    // It draws no windows, and so a page costs a quarter of the CPU.
    better: 'chromium-headless-shell',
    why: 'a browser for the page',
  },
  { program: 'tshark', package: 'tshark', why: 'a second opinion on our frames' },
];

/** Debian keeps daemons in sbin, which is not on the PATH of ordinary users. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** `PATH` that also reaches the daemons. */
export function searchPath() {
  return [process.env['PATH'] ?? '', ...SYSTEM_FOLDERS].join(delimiter);
}

/**
 * Where a program is, or what is better where that is there, or undefined when neither is installed.
 * @param {string} program
 */
export function find(program) {
  const folders = searchPath().split(delimiter).filter(Boolean);
  const entry = PROGRAMS.find((candidate) => candidate.program === program);
  return [entry?.better, program]
    .flatMap((name) => (name === undefined ? [] : folders.map((folder) => join(folder, name))))
    .find(isExecutable);
}

/** Installs what is missing, where that can be done; says what stays missing where it cannot. */
export function ensurePrograms() {
  const missing = PROGRAMS.filter(({ program }) => find(program) === undefined);
  if (missing.length === 0) return;
  for (const { program, why } of missing) console.log(`missing: ${program} (${why})`);
  const sudo = rootPrefix();
  if (sudo === undefined || !existsSync('/etc/debian_version')) {
    const packages = packagesOf(missing, () => false).join(' ');
    console.log(`Not installed (that takes Debian and root): ${packages}`);
    return;
  }
  try {
    install(sudo, missing);
  } catch (error) {
    // Without network the tests that need no such program are still worth their result.
    console.error(error instanceof Error ? error.message : error);
  }
}

/**
 * The packages to install: a better one where there is such a package.
 * @param {{ package: string, better?: string }[]} entries
 * @param {(name: string) => boolean} exists
 */
export function packagesOf(entries, exists) {
  return entries.map(({ package: usual, better }) =>
    better !== undefined && exists(better) ? better : usual,
  );
}

/**
 * @param {string[]} sudo
 * @param {typeof PROGRAMS} missing
 */
function install(sudo, missing) {
  /** @param {string[]} command */
  const asRoot = (...command) => {
    const [program = 'env', ...args] = [
      ...sudo,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      ...command,
    ];
    run(program, args);
  };
  asRoot('apt-get', 'update', '-q');
  const packages = packagesOf(missing, isPackage);
  asRoot('apt-get', 'install', '-q', '-y', '--no-install-recommends', ...packages);
  if (!packages.includes('mosquitto')) return;
  // Debian starts the broker at once, on the port that the embedded broker of `npm start` uses.
  if (existsSync('/run/systemd/system')) asRoot('systemctl', 'disable', '--now', 'mosquitto');
  else asRoot('service', 'mosquitto', 'stop');
}

/** What goes before a command to run it as root; undefined when root is out of reach. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  // -n: never ask for a password.
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

/**
 * Not every release and machine that Debian serves has all of them.
 * @param {string} name
 */
function isPackage(name) {
  return spawnSync('apt-cache', ['show', '--quiet', name]).status === 0;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
