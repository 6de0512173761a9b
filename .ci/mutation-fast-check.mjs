/** What tests get instead of fast-check while mutation-runner.mjs runs them. */
const { fc } = /** @type {{ fc: unknown }} */ (Reflect.get(globalThis, 'mutationTests'));
export default fc;
