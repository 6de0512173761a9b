/** The programs of the system that tests talk to: the one list, and how Debian installs them. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './prepare.mjs';

/** Program, Debian package, why. A line stays only while a test needs it. */
export const PROGRAMS = [
  { program: 'mosquitto', package: 'mosquitto', why: 'the broker behind the gateway' },
  { program: 'mosquitto_sub', package: 'mosquitto-clients', why: 'independent MQTT clients' },
  { program: 'openssl', package: 'openssl', why: 'certificates for TLS' },
  { program: 'socat', package: 'socat', why: 'serial ports without hardware' },
  { program: 'chromium', package: 'chromium', why: 'a browser for the page' },
  { program: 'tshark', package: 'tshark', why: 'a second opinion on our frames' },
];

/** Debian keeps daemons in sbin, which is not on the PATH of ordinary users. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** `PATH` that also reaches the daemons. */
export function searchPath() {
  return [process.env['PATH'] ?? '', ...SYSTEM_FOLDERS].join(delimiter);
}

/**
 * Where a program is, or undefined when it is not installed.
 * @param {string} program
 */
export function find(program) {
  const folders = searchPath().split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/** Installs what is missing, where that can be done; says what stays missing where it cannot. */
export function ensurePrograms() {
  const missing = PROGRAMS.filter(({ program }) => find(program) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map((entry) => entry.package);
  for (const { program, why } of missing) console.log(`missing: ${program} (${why})`);
  const sudo = rootPrefix();
  if (sudo === undefined || !existsSync('/etc/debian_version')) {
    console.log(`Not installed (that takes Debian and root): ${packages.join(' ')}`);
    return;
  }
  try {
    install(sudo, packages);
  } catch (error) {
    // Without network the tests that need no such program are still worth their result.
    console.error(error instanceof Error ? error.message : error);
  }
}

/**
 * @param {string[]} sudo
 * @param {string[]} packages
 */
function install(sudo, packages) {
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

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
