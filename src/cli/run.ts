import type { Command } from 'commander';
import { type ConfigError, formatError } from '../config/errors.js';
import { loadConfig } from '../config/load.js';
import type { Gateway } from '../gateway/gateway.js';
import type { Logger } from '../observe/logger.js';
import { EXIT } from './exit-codes.js';

/** npm passes on the Ctrl-C that the terminal has sent us already: within this time it is the same one. */
const SAME_SIGNAL_MS = 500;

/** A clean end takes no longer; what hangs then is left behind. */
const STOP_TIMEOUT_MS = 4500;

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('run the gateway')
    .option('-c, --config <file>', 'configuration file (default: UDP on 1883, embedded broker)')
    .option('--record <file>', 'write a trace for `replay`')
    .action(async ({ config, record }: { config?: string; record?: string }) => {
      await run(config, record);
    });
}

async function run(file: string | undefined, record: string | undefined): Promise<void> {
  const loaded = loadConfig(file, process.env);
  if (loaded.errors !== undefined) {
    reportErrors(loaded.errors);
    process.exitCode = EXIT.config;
    return;
  }
  const { config } = loaded;
  // Loaded here alone: the small tools would otherwise start as slowly as the gateway.
  const [{ createLogger }, { Gateway }] = await Promise.all([
    import('../observe/logger.js'),
    import('../gateway/gateway.js'),
  ]);
  const log = await createLogger({ level: config.log.level, format: config.log.format ?? 'auto' });
  surviveBugs(log);
  const gateway = new Gateway(config, log, record === undefined ? {} : { recordTo: record });
  // Before `ready`: whoever waits for that line may send a signal at once.
  handleSignals(gateway, log, file);
  try {
    await gateway.start();
  } catch (error) {
    log.error({ code: 'START_FAILED' }, (error as Error).message);
    await end(gateway, EXIT.failed);
    return;
  }
  process.stdout.write(`ready: ${gateway.describe()}\n`);
}

function handleSignals(gateway: Gateway, log: Logger, file: string | undefined): void {
  let endingSince: number | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (endingSince !== undefined) {
      if (now - endingSince > SAME_SIGNAL_MS) process.exit(EXIT.failed);
      return;
    }
    endingSince = now;
    log.info({ code: 'STOPPING' }, `${signal}: ending`);
    void end(gateway, EXIT.ok);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => reload(gateway, log, file));
}

function reload(gateway: Gateway, log: Logger, file: string | undefined): void {
  const loaded = loadConfig(file, process.env);
  if (loaded.errors === undefined) {
    gateway.reload(loaded.config);
    return;
  }
  for (const error of loaded.errors) log.error({ code: 'CONFIG_INVALID' }, formatError(error));
  log.error(
    { code: 'CONFIG_KEPT' },
    'the configuration in force stays; mend the file and send SIGHUP again',
  );
}

async function end(gateway: Gateway, exitCode: number): Promise<void> {
  setTimeout(() => process.exit(exitCode), STOP_TIMEOUT_MS).unref();
  try {
    await gateway.stop();
  } finally {
    process.exit(exitCode);
  }
}

/** A bug in one corner must not end the gateway for all devices; it is reported loudly instead. */
function surviveBugs(log: Logger): void {
  const report = (error: unknown): void =>
    log.fatal(
      { code: 'INTERNAL_ERROR', err: error },
      'this is a bug; please report it with this line',
    );
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}

function reportErrors(errors: readonly ConfigError[]): void {
  for (const error of errors) process.stderr.write(`${formatError(error)}\n`);
}
