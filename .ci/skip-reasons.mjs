/** A vitest reporter: puts the reason of a skipped test into its meta data, which the JSON report shows. */
export default class SkipReasons {
  /** @param {import('vitest/node').TestCase} testCase */
  onTestCaseResult(testCase) {
    const result = testCase.result();
    if (result.state !== 'skipped' || result.note === undefined) return;
    Object.assign(testCase.meta(), { note: result.note });
  }
}
