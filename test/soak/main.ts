/** `npm run soak`: see CONTRIBUTING.md. Compiled and started by .ci/soak.mjs. */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Report, tellReport } from '../support/soak/report.js';
import { soak } from '../support/soak/run.js';

const SEEDS = 1_000_000;
const MINUTE_MS = 60_000;
const WRONG_USAGE = 64;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    devices: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(randomInt(1, SEEDS)) },
    mode: { type: 'string', default: 'aggregating' },
    out: { type: 'string', default: 'build/soak.json' },
  },
});
const { minutes, devices, seed, out } = values;
const { mode } = values;
const isMode = mode === 'aggregating' || mode === 'transparent';
if (!isMode || ![minutes, devices, seed].every((value) => Number(value) > 0)) {
  console.error(
    '--minutes, --devices and --seed are numbers; --mode is aggregating or transparent',
  );
  process.exit(WRONG_USAGE);
}
const repeat = `npm run soak -- --minutes ${minutes} --devices ${devices} --mode ${mode} --seed ${seed}`;
console.log(repeat);
// Broker and gateway are processes of ours, and end with us.
const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end.abort());
const save = (known: Report): void =>
  writeFileSync(out, JSON.stringify({ repeat, ...known }, null, 1));
const report = await soak({
  durationMs: Number(minutes) * MINUTE_MS,
  devices: Number(devices),
  seed: Number(seed),
  mode,
  print: (line) => console.log(line),
  save,
  signal: end.signal,
});
save(report);
console.log(tellReport(report));
console.log(`everything in ${out}; ${repeat}`);
process.exitCode = report.breachCount === 0 ? 0 : 1;
