import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineClock } from '../../../src/gateway/doctor/clock.js';
import { examineDisk } from '../../../src/gateway/doctor/disk.js';
import type { Machine } from '../../../src/gateway/clock.js';

const folder = mkdtempSync(join(tmpdir(), 'mqttsn-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

const machine = (wallMs: number, isSet = true): Machine => ({
  wallMs: () => wallMs,
  isWallSet: () => isSet,
  monotonicMs: () => 0,
  uptimeMs: () => 0,
  bootId: undefined,
});

describe('the clock', () => {
  it.each([
    [Date.UTC(2026, 10, 28), true, 'ok'],
    [Date.UTC(2026, 10, 28), false, 'warning'],
    [Date.UTC(1970, 0, 1), true, 'problem'],
  ])('at %i, set: %j, is %s', (wallMs, isSet, verdict) => {
    const finding = examineClock(machine(wallMs, isSet));
    expect(finding.verdict).toBe(verdict);
    expect(finding.remedy === undefined).toBe(verdict === 'ok');
  });
});

describe('the store', () => {
  it('that is there, or can be made, is in order and stays as it is', async () => {
    for (const path of [folder, join(folder, 'a', 'b')]) {
      const [finding] = await examineDisk(path, undefined);
      expect(finding?.text).toMatch(new RegExp(`^store ${path}: \\d+ MiB free$`));
    }
  });

  it('that is used is told with who uses it', async () => {
    const [finding] = await examineDisk(folder, { pid: 17, text: 'node (process 17)' });
    expect(finding?.text).toMatch(/ MiB free, used by node \(process 17\)$/);
  });

  it('where a file stands in the way, or nothing can be written, is a problem', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(await examineDisk(join(file, 'data'), undefined)).toMatchObject([
      { verdict: 'problem', text: expect.stringContaining('remove the file') as string },
    ]);
    expect(await examineDisk('/proc/data', undefined)).toMatchObject([{ verdict: 'problem' }]);
  });

  it('in memory is worth a warning', async () => {
    expect(await examineDisk('memory', undefined)).toMatchObject([{ verdict: 'warning' }]);
  });
});
