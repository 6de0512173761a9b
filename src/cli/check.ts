/** `check`: is the configuration in order? */
import type { Command } from 'commander';
import { formatError } from '../config/errors.js';
import { loadConfig } from '../config/load.js';
import { brokerNames } from '../config/redact.js';
import type { Config, LinkConfig } from '../config/schema.js';
import { modemText } from '../config/serial-link.js';
import { listenAddressText, portText } from '../config/values.js';
import { EXIT } from './exit-codes.js';

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('find mistakes in the configuration, without starting anything')
    .option('-c, --config <file>', 'configuration file; without it the defaults are checked')
    .action((options: { config?: string }, command: Command) => {
      const { config, warnings, errors } = loadConfig(options.config, process.env);
      const output = command.configureOutput();
      if (errors === undefined) {
        for (const warning of warnings) output.writeErr?.(`warning: ${formatError(warning)}\n`);
        output.writeOut?.(`ok: ${summary(config)}\n`);
        return;
      }
      for (const error of errors) output.writeErr?.(`${formatError(error)}\n`);
      process.exitCode = EXIT.config;
    });
}

/** The links and the broker, in one line. */
function summary(config: Config): string {
  const links = config.links.map((link) => `${link.name} (${linkText(link)})`);
  return `${links.length === 1 ? 'link' : 'links'} ${links.join(', ')}; broker ${brokerText(config)}`;
}

function linkText(link: LinkConfig): string {
  switch (link.type) {
    case 'udp':
      return `udp ${listenAddressText(link.listen)}`;
    case 'serial':
      return `${modemText(link)} ${portText(link.port)}`;
    default:
      return link satisfies never;
  }
}

function brokerText(config: Config): string {
  const { mode, embedded } = config.mqtt;
  const names = brokerNames(config);
  const where =
    names === 'embedded' ? `embedded on ${embedded.host}:${embedded.port}` : names.join(', ');
  return `${where} (${mode})`;
}
