/**
 * The world with all faults in it, each asleep: the gateway is bundled with both texts at every place of a fault, and a
 * switch between them. So it is built and warmed up once for all. The working tree stays as it is.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';
import { CHECKERS } from '../checkers/index.js';
import { storyOf } from '../generate.js';
import type { WatcherFactory } from '../watcher.js';
import type { PlantedFault } from './faults.js';
import type * as PlantedWorld from './world.js';

/** Below the project's folder, so that packages are found. */
const BUNDLE = 'build/planted/world.mjs';
const SWITCH = resolve('test/sim/planted/switch.ts');

export class Plantation {
  private constructor(private readonly world: typeof PlantedWorld) {}

  /** Throws when the source does not have a fault's text, or has it twice. */
  static async of(faults: readonly PlantedFault[]): Promise<Plantation> {
    await build({
      input: 'test/sim/planted/world.ts',
      platform: 'node',
      external: /^[^./]/,
      treeshake: false,
      plugins: [
        {
          name: 'plant',
          transform: (code, id) => {
            const own = faults.filter(({ file }) => resolve(file) === id);
            return own.length > 0 ? { code: `${IMPORT}${withFaults(code, own)}` } : undefined;
          },
        },
      ],
      output: { file: BUNDLE, format: 'esm' },
    });
    return new Plantation(
      (await import(pathToFileURL(resolve(BUNDLE)).href)) as typeof PlantedWorld,
    );
  }

  /** What the fault's checker, and nobody else, says of the seed; undefined: nothing of the kind that it has to say. */
  async complaint(
    { name, checker, says }: PlantedFault,
    seed: number,
  ): Promise<string | undefined> {
    const { planted, play } = this.world;
    const isIt = (breach: string): boolean => breach.includes(says);
    planted.fault = name;
    const { breaches } = await play(storyOf(seed), [checkerOf(checker)], { isEnough: isIt });
    planted.fault = '';
    return breaches.find(isIt);
  }
}

function checkerOf(name: string): WatcherFactory {
  const checker = CHECKERS.find((one) => one.name === name);
  if (checker === undefined) throw new Error(`there is no checker "${name}"`);
  return checker;
}

const IMPORT = `import { planted } from ${JSON.stringify(SWITCH)};\n`;

/** A fault's text is a statement, with its semicolon, or an expression. Several may have the same. */
function withFaults(code: string, faults: readonly PlantedFault[]): string {
  const places = new Map<string, string>();
  for (const { name, file, find, put } of faults) {
    const times = code.split(find).length - 1;
    if (times !== 1)
      throw new Error(`"${name}": ${file} has this ${times} times, not once: ${find}`);
    const acts = `planted.fault === ${JSON.stringify(name)}`;
    const otherwise = places.get(find) ?? find;
    const text = find.endsWith(';')
      ? `if (${acts}) { ${put} } else { ${otherwise} }`
      : `(${acts} ? ${put} : ${otherwise})`;
    places.set(find, text);
  }
  // From the end, so that what stands before keeps its place.
  const byPlace = [...places].sort(([a], [b]) => code.indexOf(b) - code.indexOf(a));
  return byPlace.reduce((whole, [find, text]) => {
    const at = code.indexOf(find);
    return whole.slice(0, at) + text + whole.slice(at + find.length);
  }, code);
}
