import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensurePackages } from '../../../.ci/prepare.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mqttsn-prepare-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tool = { version: '1.0.0', integrity: 'sha512-a' };
const native = { version: '2.0.0', integrity: 'sha512-b', optional: true };
const locked = {
  '': { version: '0.1.0' },
  'node_modules/tool': tool,
  'node_modules/native': native,
};

function write(packages: object, ...path: string[]): void {
  writeFileSync(join(folder, ...path), JSON.stringify({ lockfileVersion: 3, packages }));
}

/** A project that has installed these packages, under `modules`. */
function project(installed: object | undefined, modules = 'node_modules'): void {
  write(locked, 'package-lock.json');
  if (installed === undefined) return;
  mkdirSync(join(folder, modules));
  write(installed, modules, '.package-lock.json');
}

/** How often packages were installed. */
function installs(): number {
  let count = 0;
  ensurePackages(folder, () => count++);
  return count;
}

describe('the packages', () => {
  it.each([
    ['all of them', { 'node_modules/tool': tool, 'node_modules/native': native }],
    ['all but an optional one', { 'node_modules/tool': tool }],
  ])('are left alone when %s are there, however old', (_, installed) => {
    project(installed);
    utimesSync(join(folder, 'node_modules', '.package-lock.json'), 0, 0);
    expect(installs()).toBe(0);
  });

  it.each([
    ['there are none', undefined],
    ['one is missing', { 'node_modules/native': native }],
    ['one has another version', { 'node_modules/tool': { ...tool, version: '1.0.1' } }],
    ['one has other contents', { 'node_modules/tool': { ...tool, integrity: 'sha512-c' } }],
    ['there is one too many', { 'node_modules/tool': tool, 'node_modules/old': tool }],
  ])('are installed when %s', (_, installed) => {
    project(installed);
    expect(installs()).toBe(1);
  });

  it('are installed when an installation was interrupted', () => {
    project(undefined);
    mkdirSync(join(folder, 'node_modules'));
    expect(installs()).toBe(1);
  });

  it('behind a link are used', () => {
    project({ 'node_modules/tool': tool }, 'shared');
    symlinkSync('shared', join(folder, 'node_modules'));
    expect(installs()).toBe(0);
  });

  it.each([
    ['do not fit', 'shared', {}],
    ['are not there', 'nowhere', {}],
  ])('behind a link that %s are an error, as npm would delete them', (_, target, installed) => {
    project(installed, 'shared');
    symlinkSync(target, join(folder, 'node_modules'));
    expect(installs).toThrow(/node_modules is a symbolic link.*remove the link/);
  });
});
