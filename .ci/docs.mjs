/** `npm run docs`: writes anew what documents repeat of the code. */
import { ensureBuild, ensurePackages, prepare, run, runPackage } from './prepare.mjs';

prepare(ensurePackages, ensureBuild, figures, defaultFile);

function figures() {
  process.env['UPDATE_DOCS'] = '1';
  runPackage('vitest/vitest.mjs', ['run', 'test/docs.test.ts']);
}

function defaultFile() {
  run(process.execPath, ['dist/main.js', 'config', 'init', '--force', '-o', 'config/default.yaml']);
}
