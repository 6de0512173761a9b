/** `simulate`: a field of virtual devices and modems, for a gateway that takes it for the world. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from './arguments.js';
import { EXIT } from './exit-codes.js';
import { packageFile } from './package-files.js';
import { processTerminal, type Terminal } from './terminal.js';

/**
 * What the simulator offers. It stands beside the gateway and is compiled apart, so that it cannot share the
 * mistakes of what it tests: this type is all that the two have in common.
 */
export interface Simulator {
  /** Returns what is wrong with the scene, line by line. */
  run(options: {
    text: string;
    file: string;
    seed: number | undefined;
    minutes: number | undefined;
    speed: number;
    json: boolean;
    print: (line: string) => void;
    signal: AbortSignal;
  }): Promise<readonly string[]>;
}

interface SimulateOptions {
  seed?: number;
  minutes?: number;
  speed: number;
  json?: true;
}

const SCENES = packageFile('config', 'scenes');
const ENDING = '.yaml';

export function registerSimulate(
  program: Command,
  terminal: Terminal = processTerminal,
  load = loadSimulator,
): void {
  program
    .command('simulate <scene>')
    .description('run virtual devices and modems beside a gateway; Ctrl-C ends it')
    .option('--seed <number>', "in place of the scene's: another run", wholeNumber(0, 0xffffffff))
    .option('--minutes <number>', 'end after so many minutes', minutes)
    .option('--speed <factor>', '`real`, or so many times as fast', speed, 1)
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', () => `\nA scene is a YAML file, or one of ${sceneNames().join(', ')}.`)
    .action(async (scene: string, options: SimulateOptions) => {
      terminal.exitWith(await simulate(scene, options, terminal, load));
    });
}

async function simulate(
  scene: string,
  { seed, minutes: end, speed: factor, json }: SimulateOptions,
  terminal: Terminal,
  load: () => Promise<Simulator>,
): Promise<number> {
  const interruption = new AbortController();
  const stopListening = terminal.onInterrupt(() => interruption.abort());
  try {
    const file = fileOf(scene);
    const simulator = await load();
    const errors = await simulator.run({
      text: readFileSync(file, 'utf8'),
      file,
      seed,
      minutes: end,
      speed: factor,
      json: json === true,
      print: (line) => terminal.out(`${line}\n`),
      signal: interruption.signal,
    });
    for (const error of errors) terminal.err(error);
    return errors.length > 0 ? EXIT.config : EXIT.ok;
  } catch (error) {
    terminal.err((error as Error).message);
    return EXIT.failed;
  } finally {
    stopListening();
  }
}

/** A bare name is one of the scenes that come with the gateway. */
function fileOf(scene: string): string {
  if (existsSync(scene) || !/^[\w-]+$/.test(scene)) return scene;
  const names = sceneNames();
  if (names.includes(scene)) return join(SCENES, `${scene}${ENDING}`);
  throw new Error(`there is no file and no scene "${scene}"; scenes are ${names.join(', ')}`);
}

const sceneNames = (): string[] =>
  readdirSync(SCENES)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length));

/** Only now: the gateway itself has no use for it. */
async function loadSimulator(): Promise<Simulator> {
  const file = packageFile('dist', 'firmware-sim', 'index.js');
  if (!existsSync(file)) throw new Error('the simulator is not built: npm run build');
  return (await import(pathToFileURL(file).href)) as Simulator;
}

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It is a number above 0.');
}

/** More would show that timers of a machine are not exact. */
const SPEED_MAX = 1000;

function speed(text: string): number {
  const value = text === 'real' ? 1 : Number(text);
  if (text.trim() !== '' && value > 0 && value <= SPEED_MAX) return value;
  throw new InvalidArgumentError(`It is "real" or a number up to ${SPEED_MAX}.`);
}
