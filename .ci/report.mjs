/**
 * Vitest's JSON report in one line: `N passed, N failed, N skipped`. A skipped test owes its
 * reason (`ctx.skip('why')`), else it counts as failed: a test that silently never runs is worse
 * than none. A file that could not be loaded counts as one failed test.
 */

/**
 * @typedef {{ status: string, fullName: string, meta?: { note?: string } }} TestResult
 * @typedef {{ name: string, status: string, message: string, assertionResults: TestResult[] }} FileResult
 * @typedef {{ testResults: FileResult[] }} Report
 */

/**
 * @param {Report} report
 * @param {boolean} byName a name pattern chose the tests, so the others are skipped without reason
 */
export function summarize(report, byName = false) {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const rest = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  const skipped = rest.filter((test) => test.meta?.note);
  const unexplained = byName ? [] : rest.filter((test) => !test.meta?.note);
  const broken = report.testResults.filter(isBroken);
  const passed = count(tests, 'passed');
  const failed = count(tests, 'failed') + broken.length + unexplained.length;
  return {
    ok: failed === 0 && passed > 0,
    line: `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
    remarks: [
      ...skipped.map((test) => `skipped: ${test.fullName}: ${test.meta?.note}`),
      ...unexplained.map((test) => `failed: ${test.fullName}: skipped without a reason`),
      ...broken.map((file) => `failed: ${file.name}: ${file.message}`),
    ],
  };
}

/**
 * The file failed, but none of its tests did: it could not be loaded, or a hook failed.
 * @param {FileResult} file
 */
function isBroken(file) {
  return file.status === 'failed' && count(file.assertionResults, 'failed') === 0;
}

/**
 * @param {TestResult[]} tests
 * @param {string} status
 */
function count(tests, status) {
  return tests.filter((test) => test.status === status).length;
}
