import { describe, expect, it } from 'vitest';
import { summarize } from '../../../.ci/report.mjs';

const test = (status: string, note?: string) => ({
  status,
  fullName: `a ${status} test`,
  meta: note === undefined ? {} : { note },
});

const report = (...tests: ReturnType<typeof test>[]) => ({
  testResults: [
    {
      name: 'a.test.ts',
      status: tests.some(({ status }) => status === 'failed') ? 'failed' : 'passed',
      message: '',
      assertionResults: tests,
    },
  ],
});

describe('the summary of a test run', () => {
  it('counts what the runner reports', () => {
    expect(summarize(report(test('passed'), test('passed'), test('skipped', 'no tshark')))).toEqual(
      {
        ok: true,
        line: '2 passed, 0 failed, 1 skipped',
        remarks: ['skipped: a skipped test: no tshark'],
      },
    );
  });

  it('is a failure when a test failed', () => {
    const summary = summarize(report(test('passed'), test('failed')));
    expect(summary).toMatchObject({ ok: false, line: '1 passed, 1 failed, 0 skipped' });
  });

  it('is a failure without tests', () => {
    expect(summarize({ testResults: [] })).toMatchObject({
      ok: false,
      line: '0 passed, 0 failed, 0 skipped',
    });
  });

  it.each(['skipped', 'pending', 'todo'])(
    'counts a %s test without a reason as failed',
    (status) => {
      expect(summarize(report(test('passed'), test(status)))).toMatchObject({
        ok: false,
        line: '1 passed, 1 failed, 0 skipped',
      });
    },
  );

  it('does not mind tests that a name pattern left out', () => {
    expect(summarize(report(test('passed'), test('skipped')), true)).toMatchObject({
      ok: true,
      line: '1 passed, 0 failed, 0 skipped',
    });
  });

  it('counts a file that could not be loaded as a failed test', () => {
    const broken = {
      name: 'b.test.ts',
      status: 'failed',
      message: 'no such module',
      assertionResults: [],
    };
    expect(summarize({ testResults: [...report(test('passed')).testResults, broken] })).toEqual({
      ok: false,
      line: '1 passed, 1 failed, 0 skipped',
      remarks: ['failed: b.test.ts: no such module'],
    });
  });
});
