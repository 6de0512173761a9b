import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { find, packagesOf } from '../../../.ci/programs.mjs';

describe('a browser', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mqttsn-programs-'));
    vi.stubEnv('PATH', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  const installed = (...names: string[]): void => {
    for (const name of names) writeFileSync(join(folder, name), '', { mode: 0o755 });
  };

  it('none is there: none is found', () => {
    expect(find('chromium')).toBeUndefined();
  });

  it('the usual one will do', () => {
    installed('chromium');
    expect(find('chromium')).toBe(join(folder, 'chromium'));
  });

  it.each([[['chromium-headless-shell']], [['chromium', 'chromium-headless-shell']]])(
    'of %j the one without windows is taken',
    (names) => {
      installed(...names);
      expect(find('chromium')).toBe(join(folder, 'chromium-headless-shell'));
    },
  );
});

describe('packages to install', () => {
  const missing = [
    { package: 'socat' },
    { package: 'chromium', better: 'chromium-headless-shell' },
  ];

  it('a better one is taken where there is such a package', () => {
    expect(packagesOf(missing, () => true)).toEqual(['socat', 'chromium-headless-shell']);
  });

  it('a release without it gets the usual one', () => {
    expect(packagesOf(missing, () => false)).toEqual(['socat', 'chromium']);
  });
});
