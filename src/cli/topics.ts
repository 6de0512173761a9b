/** `topics export`: the predefined topics of the configuration, for the firmware of devices. */
import type { Command } from 'commander';
import { formatError } from '../config/errors.js';
import { loadConfig } from '../config/load.js';
import { EXIT } from './exit-codes.js';
import { usageError } from './session.js';
import { cHeader } from '../config/c-header.js';

interface ExportOptions {
  config?: string;
  cHeader?: true;
  json?: true;
}

export function registerTopics(program: Command): void {
  program
    .command('topics')
    .description('predefined topics, for the firmware of devices')
    .command('export')
    .description('print the predefined topics of the configuration')
    .option('-c, --config <file>', 'configuration that the gateway runs with')
    .option('--c-header', 'as a header for C and C++')
    .option('--json', 'as JSON')
    .action(printTopics);
}

function printTopics(options: ExportOptions, command: Command): void {
  if (options.cHeader === options.json) usageError(command, 'choose --c-header or --json');
  const output = command.configureOutput();
  const { config, errors } = loadConfig(options.config, process.env);
  if (errors !== undefined) {
    for (const error of errors) output.writeErr?.(`${formatError(error)}\n`);
    process.exitCode = EXIT.config;
    return;
  }
  const { predefined } = config.topics;
  output.writeOut?.(
    options.json ? `${JSON.stringify(predefined, null, 2)}\n` : cHeader(predefined),
  );
}
