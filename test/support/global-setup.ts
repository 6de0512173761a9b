import { ensureBuild } from '../../.ci/prepare.mjs';

/** Once per run, before the tests that start the built daemon; `GATEWAY_MAIN` names another build. */
export function setup(): void {
  if (process.env['GATEWAY_MAIN'] === undefined) ensureBuild();
}
