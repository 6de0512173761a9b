/** `airtime` as a process: what a shell script sees of it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

function airtime(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/main.js', 'airtime', ...args],
    {
      encoding: 'utf8',
    },
  );
  return { code: status, output: stdout, errors: stderr };
}

const CHANNEL = ['--frequency', '869.525MHz', '--region', 'EU868'];

describe('airtime', () => {
  it('prints what a frame costs; warnings go elsewhere', () => {
    const { code, output, errors } = airtime(
      '--sf',
      '9',
      '--bytes',
      '11',
      ...CHANNEL,
      '--power',
      '30',
    );
    expect(code).toBe(0);
    expect(output).toMatch(/^time on air +144\.384 ms .*\n(?:.*\n)*an hour allows +2493 /);
    expect(errors).toMatch(/^warning: 30 dBm .* allows 27 dBm: .*\n$/);
  });

  it('tells wrong usage from what the law forbids', () => {
    const wrong = airtime('--sf', '9', '--bytes', '11', '--region', 'EU868');
    expect(wrong).toMatchObject({ code: 64, output: '' });
    const forbidden = airtime('--sf', '9', '--bytes', '11', ...CHANNEL, '--bw', '500kHz');
    expect(forbidden).toMatchObject({ code: 1, output: '' });
    expect(forbidden.errors).toContain('which is only 250 kHz wide');
  });
});
