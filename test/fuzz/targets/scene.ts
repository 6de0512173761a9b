/** Scenes of the simulator: a scene, or errors with their places. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readScene } from '../../../firmware-sim/scene/read.js';
import type { Target } from '../target.js';
import { octetsOf, words } from '../vectors.js';
import { withWarnings } from '../warnings.js';

const FOLDER = 'config/scenes';

export const scene: Target = {
  name: 'scene',
  bytesMax: 1500,
  seeds: () =>
    readdirSync(FOLDER)
      .map((name) => readFileSync(`${FOLDER}/${name}`, 'utf8').replace(/^ *#.*\n/gm, ''))
      .map(octetsOf),
  dictionary: words(
    'count: 2',
    '{n}',
    '{id}',
    'kind: hostile',
    'radio: ',
    'via: ',
    '&a ',
    '*a',
    '- ',
    '\n  ',
  ),
  work: { base: 20_000_000, perOctet: 200_000 },
  run: (input) => {
    const text = new TextDecoder().decode(input);
    const { result, warnings } = withWarnings(() => readScene(text, 'a.yaml'));
    assert.deepEqual(warnings, [], 'nothing is said but by errors');
    const { scene: read, errors } = result;
    assert.equal(read === undefined, errors !== undefined, 'a scene or errors');
    for (const error of errors ?? []) {
      assert.match(error, /^a\.yaml:\d+:\d+: [^\n]+$/);
      assert.doesNotMatch(error, /\bat .*\.[jt]s:\d|\[object|TypeError|ZodError|Invalid input/);
    }
  },
};
