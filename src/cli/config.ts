/** `config init` and `config schema`: a file to begin with, and help for editors. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { defaultFile } from '../config/default-file.js';
import { jsonSchema } from '../config/keys.js';
import { EXIT } from './exit-codes.js';

interface InitOptions {
  output?: string;
  force?: boolean;
}

export function registerConfig(program: Command): void {
  const config = program.command('config').description('make a configuration file');
  config
    .command('init')
    .description('write the commented default configuration')
    .option('-o, --output <file>', 'where to; without it to standard output')
    .option('--force', 'overwrite the file if it exists')
    .action(init);
  config
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action((_options: object, command: Command) =>
      print(command, `${JSON.stringify(jsonSchema(), null, 2)}\n`),
    );
}

function init({ output, force = false }: InitOptions, command: Command): void {
  if (output === undefined) return print(command, defaultFile());
  try {
    writeFileSync(output, defaultFile(), { flag: force ? 'w' : 'wx' });
  } catch (error) {
    command.configureOutput().writeErr?.(`${output}: ${unwritable(error)}\n`);
    process.exitCode = EXIT.failed;
    return;
  }
  print(command, `${output} written\n`);
}

function unwritable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST') return 'is there already; --force overwrites it';
  if (code === 'ENOENT') return 'cannot be written: there is no such directory';
  if (code === 'EACCES') return 'cannot be written: this user is not permitted to';
  return `cannot be written: ${String(error)}`;
}

function print(command: Command, text: string): void {
  command.configureOutput().writeOut?.(text);
}
