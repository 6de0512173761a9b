import { ensureBuild } from '../../.ci/prepare.mjs';

/** Once per run, before the tests that start the built daemon. */
export function setup(): void {
  ensureBuild();
}
