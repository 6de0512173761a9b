/** One target: mutates inputs that went new ways, until the time is over. */
import { Random } from '../../firmware-sim/random.js';
import { load, replace } from './corpus.js';
import { Coverage } from './coverage.js';
import { mutated } from './mutate.js';
import { shrunk } from './shrink.js';
import type { Target } from './target.js';

export interface SearchOptions {
  seed: number;
  untilMs: number;
  /** Called before each run, so that somebody else knows when one never ends. */
  onRun: (input: Uint8Array) => void;
  onFinding: (input: Uint8Array, what: string) => void;
}

export interface SearchResult {
  runs: number;
  seconds: number;
  blocks: number;
  corpus: number;
  findings: number;
}

/** Inputs made of one parent before another is chosen. */
const CHILDREN = 64;
/** More of them would be one mistake, again and again. */
const FINDINGS_MAX = 20;
/** Of the newest inputs, which the search has looked around least. */
const NEWEST = 16;

export async function search(target: Target, options: SearchOptions): Promise<SearchResult> {
  const startedMs = performance.now();
  const random = new Random(options.seed);
  const coverage = new Coverage();
  const corpus: Uint8Array[] = [];
  const known = new Set<string>();
  let runs = 0;

  const attempt = async (input: Uint8Array): Promise<string | undefined> => {
    options.onRun(input);
    runs += 1;
    return complaint(target, input, coverage);
  };

  const tryOut = async (input: Uint8Array): Promise<void> => {
    const what = await attempt(input);
    if (what === undefined) {
      if (coverage.isNew()) corpus.push(input);
      return;
    }
    if (known.has(signatureOf(what)) || known.size >= FINDINGS_MAX) return;
    known.add(signatureOf(what));
    const isSame = async (candidate: Uint8Array): Promise<boolean> => {
      const other = await attempt(candidate);
      return other !== undefined && signatureOf(other) === signatureOf(what);
    };
    options.onFinding(await shrunk(input, isSame), what);
  };

  for (const { input } of load('corpus', target.name)) await tryOut(input);
  for (const input of target.seeds()) await tryOut(input);
  if (corpus.length === 0) corpus.push(new Uint8Array());
  while (performance.now() < options.untilMs) {
    const parent = random.chance(0.5) ? random.pick(corpus) : random.pick(corpus.slice(-NEWEST));
    for (let child = 0; child < CHILDREN; child++) {
      const input =
        target.mutate !== undefined && random.chance(0.5)
          ? target.mutate(parent, random)
          : mutated(parent, random.pick(corpus), target.dictionary, random);
      await tryOut(input.subarray(0, target.bytesMax));
    }
  }
  const { blocks } = coverage;
  const seconds = (performance.now() - startedMs) / 1000;
  const kept = await fewest(target, coverage, corpus);
  replace('corpus', target.name, kept);
  return { runs, seconds, blocks, corpus: kept.length, findings: known.size };
}

/** What is wrong with how an input was taken; undefined: nothing. */
async function complaint(
  { run, work }: Target,
  input: Uint8Array,
  coverage: Coverage,
): Promise<string | undefined> {
  coverage.begin();
  try {
    const result = run(input);
    if (result !== undefined) await result;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const taken = coverage.work();
  const allowed = work.base + work.perOctet * input.length;
  return taken <= allowed
    ? undefined
    : `takes too long: ${taken} blocks for ${input.length} octets`;
}

/** Findings are the same when they say the same, whatever numbers are in it. */
const signatureOf = (what: string): string =>
  what
    .split('\n')
    .slice(0, 3)
    .join('\n')
    .replace(/\b(0x)?[0-9a-f]*\d[0-9a-f]*\b/gi, '#')
    .slice(0, 300);

/** A small choice of them that goes through all the code that all of them go through: short ones first. */
async function fewest(
  target: Target,
  coverage: Coverage,
  corpus: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const covered = new Set<number>();
  const kept: Uint8Array[] = [];
  for (const input of [...corpus].sort((a, b) => a.length - b.length)) {
    if ((await complaint(target, input, coverage)) !== undefined) continue;
    const fresh = coverage.features().filter((feature) => !covered.has(feature));
    if (fresh.length === 0) continue;
    for (const feature of fresh) covered.add(feature);
    kept.push(input);
  }
  return kept;
}
