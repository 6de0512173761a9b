/** `doctor`: what keeps the gateway from its work, and what to do about it. */
import type { Command } from 'commander';
import { type ConfigError, formatError } from '../config/errors.js';
import { loadConfig } from '../config/load.js';
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
  const { examine } = await import('../gateway/doctor/examine.js');
  let hasProblems = false;
  for await (const finding of examine(config)) {
    hasProblems ||= finding.verdict === 'problem';
    tell(finding);
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
