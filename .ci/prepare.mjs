/**
 * What a fresh clone lacks: packages and a build. It runs before anything is installed, so it
 * imports Node alone.
 */
import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a program in the project's folder with the terminal as its own. Throws when it fails.
 * @param {string} program
 * @param {string[]} args
 */
export function run(program, args) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  const why = error?.message ?? (signal ? `ended by ${signal}` : `exit code ${status}`);
  throw new Error(`"${program} ${args.join(' ')}" failed: ${why}`);
}

/**
 * Runs a script of an installed package with this Node, so that no shell and no PATH matter.
 * @param {string} script path below node_modules
 * @param {string[]} args
 */
export function runPackage(script, args) {
  run(process.execPath, [join('node_modules', script), ...args]);
}

/**
 * Runs the steps a script begins with. What fails has already said why: one line and the end.
 * @param {(() => void)[]} steps
 */
export function prepare(...steps) {
  try {
    for (const step of steps) step();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/**
 * Installs the packages when those of the lockfile are not there. Ages tell nothing: a fresh clone
 * is younger than the packages it shares. Throws when they could only be replaced through a link.
 */
export function ensurePackages(folder = root, install = installPackages) {
  const locked = packagesOf(join(folder, 'package-lock.json'));
  // npm writes this file last, so an interrupted installation starts again.
  const installed = packagesOf(join(folder, 'node_modules/.package-lock.json'));
  if (locked !== undefined && installed !== undefined && fits(installed, locked)) return;
  const modules = join(folder, 'node_modules');
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(
      `${modules} is a symbolic link, and what it leads to does not fit package-lock.json. ` +
        'Installing would delete it for everybody: install there by hand, or remove the link.',
    );
  }
  install();
}

function installPackages() {
  // --include=dev: the compiler is one of them, and NODE_ENV=production would leave it out.
  run('npm', ['ci', '--include=dev']);
}

/**
 * What both lockfiles of npm say of each package, by its path.
 * @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} Packages
 */

/**
 * The packages that a lockfile names; undefined when it cannot be read.
 * @param {string} lockfile
 */
function packagesOf(lockfile) {
  try {
    const { packages } = /** @type {{ packages: Packages }} */ (
      JSON.parse(readFileSync(lockfile, 'utf8'))
    );
    // The project itself is named in only one of the two.
    return Object.fromEntries(Object.entries(packages).filter(([path]) => path !== ''));
  } catch {
    return undefined;
  }
}

/**
 * Whether what is installed is what is locked. Optional packages, most of which are for other
 * platforms, may be absent.
 * @param {Packages} installed
 * @param {Packages} locked
 */
function fits(installed, locked) {
  const paths = new Set([...Object.keys(installed), ...Object.keys(locked)]);
  return [...paths].every((path) => {
    const [here, wanted] = [installed[path], locked[path]];
    if (here === undefined) return wanted?.optional === true;
    return here.version === wanted?.version && here.integrity === wanted?.integrity;
  });
}

const BUNDLE = '.ci/bundle.mjs';
const DASHBOARD = '.ci/dashboard.mjs';

/** Compiles src and firmware-sim to dist when a source has changed since the last build. */
export function ensureBuild() {
  const sources = Math.max(
    newestMs('src'),
    newestMs('firmware-sim'),
    ...['tsconfig.json', 'tsconfig.firmware-sim.json', BUNDLE, DASHBOARD].map(modifiedMs),
  );
  // Each may have been built alone.
  const built = Math.min(
    ...['main.js', 'firmware-sim/index.js', 'dashboard/index.html'].map((file) =>
      modifiedMs(join('dist', file)),
    ),
  );
  if (built >= sources) return;
  build();
}

/**
 * Compiles src to dist, and the page and firmware-sim below it: apart, so that none can know the other. The old build goes
 * first: files whose source is gone must not stay.
 */
export function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [BUNDLE]);
  run(process.execPath, [DASHBOARD]);
  runPackage('typescript/bin/tsc', ['-p', 'tsconfig.firmware-sim.json']);
}

/** @param {string} path */
function modifiedMs(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * The latest change below a folder. Folders count too: a deletion changes nothing else.
 * @param {string} folder
 * @returns {number}
 */
function newestMs(folder) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const ages = entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? newestMs(path) : modifiedMs(path);
  });
  return Math.max(modifiedMs(folder), ...ages);
}
