/** `doctor`: what keeps the gateway from its work, and what to do about it. */
import type { Command } from 'commander';
import { type ConfigError, formatError } from '../config/errors.js';
import { loadConfig } from '../config/load.js';
import { listenAddressText } from '../config/values.js';
import type { Finding } from '../gateway/doctor/examine.js';
import { EXIT } from './exit-codes.js';
import { processTerminal, type Terminal } from './terminal.js';

interface DoctorOptions {
  config?: string;
  json?: true;
}

const MARKS = { ok: 'ok      ', warning: 'warning ', problem: 'PROBLEM ' } as const;

export function registerDoctor(program: Command, terminal: Terminal = processTerminal): void {
  program
    .command('doctor')
    .description(
      'find out what keeps the gateway from its work: configuration, ports, broker, clock, disk',
    )
    .option('-c, --config <file>', 'configuration that the gateway runs with')
    .option('--json', 'print one JSON object per finding')
    .action(async (options: DoctorOptions) => {
      terminal.exitWith(await run(options, terminal));
    });
}

async function run({ config: file, json }: DoctorOptions, terminal: Terminal): Promise<number> {
  const tell = (finding: Finding): void => {
    terminal.out(json ? `${JSON.stringify(finding)}\n` : textOf(finding));
  };
  const { config, warnings, errors } = loadConfig(file, process.env);
  if (errors !== undefined) {
    for (const error of errors) tell(inFile('problem', error));
    return EXIT.config;
  }
  for (const one of warnings) tell(inFile('warning', one));
  tell({ verdict: 'ok', text: `configuration: ${file ?? 'the defaults'}` });
  // Loaded here alone: other commands need nothing of it.
  const [{ examine, lookAround }, { tryListen }] = await Promise.all([
    import('../gateway/doctor/examine.js'),
    import('../http/trial.js'),
  ]);
  const around = await lookAround(config);
  let hasProblems = false;
  const see = (finding: Finding): void => {
    hasProblems ||= finding.verdict === 'problem';
    tell(finding);
  };
  for await (const finding of examine(config, around)) see(finding);
  if (config.http !== undefined) {
    const text = `http: ${listenAddressText(config.http.listen)}`;
    const trouble = around.running ? undefined : await tryListen(config.http.listen);
    if (trouble !== undefined) see({ verdict: 'problem', text: trouble });
    else
      see({
        verdict: 'ok',
        text: around.running ? `${text}, left to the gateway that runs` : text,
      });
  }
  return hasProblems ? EXIT.failed : EXIT.ok;
}

const inFile = (verdict: 'warning' | 'problem', error: ConfigError): Finding => ({
  verdict,
  text: `configuration: ${formatError(error)}`,
});

function textOf({ verdict, text, remedy }: Finding): string {
  const todo = remedy === undefined ? '' : `${' '.repeat(MARKS.ok.length)}→ ${remedy}\n`;
  return `${MARKS[verdict]}${text}\n${todo}`;
}
