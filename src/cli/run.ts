import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type ConfigError, formatError } from '../config/errors.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { Gateway } from '../gateway/gateway.js';
import type { Logger } from '../observe/logger.js';
import { EXIT } from './exit-codes.js';
import { packageFile } from './package-files.js';
import { type Screen, Summary } from './live/summary.js';

/** npm passes on the Ctrl-C that the terminal has sent us already: within this time it is the same one. */
const SAME_SIGNAL_MS = 500;

/** `ready` waits no longer for the embedded broker, and looks for it that often. */
const EMBEDDED_BROKER_MS = 3000;
const EMBEDDED_BROKER_LOOK_MS = 10;

/** A clean end takes no longer; what hangs then is left behind. */
const STOP_TIMEOUT_MS = 4500;

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('run the gateway')
    .option('-c, --config <file>', 'configuration file (default: UDP on 1883, embedded broker)')
    .option('--record <file>', 'write a trace for `replay`')
    .action(async ({ config, record }: { config?: string; record?: string }) => {
      await run(config, record, program.version() ?? '');
    });
}

/** What runs until the process ends. */
interface Part {
  /** Rejects with a message for people. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** For the `ready` line. */
  describe(): string;
}

async function run(
  file: string | undefined,
  record: string | undefined,
  version: string,
): Promise<void> {
  const loaded = loadConfig(file, process.env);
  if (loaded.errors !== undefined) {
    reportErrors(loaded.errors);
    process.exitCode = EXIT.config;
    return;
  }
  const { config } = loaded;
  // Loaded here alone: the small tools would otherwise start as slowly as the gateway.
  const [{ createLogger, unblocking }, { Gateway }, { Recorder }] = await Promise.all([
    import('../observe/logger.js'),
    import('../gateway/gateway.js'),
    import('../gateway/recorder.js'),
  ]);
  const summary = summaryOf(unblocking);
  const log = await createLogger(
    { level: config.log.level, format: config.log.format ?? 'auto' },
    process.stderr.isTTY ? summary?.log : undefined,
  );
  reportWarnings(loaded.warnings, log);
  const onRecordingProblem = (message: string): void =>
    log.error({ code: 'RECORDING_ENDED' }, message);
  const recording =
    record === undefined ? {} : { recording: new Recorder(record, onRecordingProblem) };
  const gateway = new Gateway(config, log, { ...recording, version });
  surviveBugs(gateway);
  const http = config.http && (await httpServer(config.http, version, gateway));
  const started: Part[] = [];
  // Before `ready`: whoever waits for that line may send a signal at once.
  handleSignals(gateway, started, log, file, () => summary?.stop());
  try {
    // The HTTP server first: it can tell how the start goes on, and a taken port is found before
    // anything is touched.
    for (const part of http === undefined ? [gateway] : [http, gateway]) {
      started.unshift(part);
      await part.start();
    }
  } catch (error) {
    log.error({ code: 'START_FAILED' }, (error as Error).message);
    await end(started, EXIT.failed);
    return;
  }
  if (config.mqtt.server === 'embedded') await brokerUp(gateway);
  // A signal came meanwhile.
  if (gateway.unready().includes('stopping')) return;
  process.stdout.write(`ready: ${started.map((part) => part.describe()).join(', ')}\n`);
  summary?.start(gateway);
}

/** The embedded broker is there in half a second. Whoever waits for `ready` shall not hear that it is away. */
async function brokerUp(gateway: Gateway): Promise<void> {
  const until = performance.now() + EMBEDDED_BROKER_MS;
  while (gateway.unready().join() === 'broker-away' && performance.now() < until) {
    await delay(EMBEDDED_BROKER_LOOK_MS);
  }
}

/** Of a terminal that does not say. */
const COLUMNS_USUAL = 80;

/** Only for somebody who looks at a terminal. Where the log goes there, too, one way has to be taken by both. */
function summaryOf(open: (fd: 1 | 2) => Pick<Screen, 'write'>): Summary | undefined {
  const { stdout, stderr } = process;
  if (!stdout.isTTY) return undefined;
  const file = open(stderr.isTTY ? 2 : 1);
  return new Summary({
    write: (text) => file.write(text),
    get columns() {
      // A terminal may not know.
      return stdout.columns || COLUMNS_USUAL;
    },
  });
}

/** Loaded only when it is wanted: without it the gateway stays some megabytes smaller. */
async function httpServer(
  { listen, token, metrics }: NonNullable<Config['http']>,
  version: string,
  gateway: Gateway,
): Promise<Part> {
  const { HttpServer } = await import('../http/server.js');
  const pageFolder = packageFile('dist', 'dashboard');
  return new HttpServer(
    { listen, token, version, pageFolder, devicesMax: metrics.devices },
    gateway,
    gateway.told,
  );
}

/** `parts`: those that are started by then. */
function handleSignals(
  gateway: Gateway,
  parts: readonly Part[],
  log: Logger,
  file: string | undefined,
  onEnding: () => void,
): void {
  let endingSince: number | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (endingSince !== undefined) {
      if (now - endingSince > SAME_SIGNAL_MS) process.exit(EXIT.failed);
      return;
    }
    endingSince = now;
    onEnding();
    log.info({ code: 'STOPPING' }, `${signal}: ending`);
    void end(parts, EXIT.ok);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => reload(gateway, file));
}

function reload(gateway: Gateway, file: string | undefined): void {
  const log = gateway.told;
  const loaded = loadConfig(file, process.env);
  if (loaded.errors === undefined) {
    reportWarnings(loaded.warnings, log);
    gateway.reload(loaded.config);
    return;
  }
  for (const error of loaded.errors) log.error({ code: 'CONFIG_INVALID' }, formatError(error));
  log.error(
    { code: 'CONFIG_KEPT' },
    'the configuration in force stays; mend the file and send SIGHUP again',
  );
}

/** Ends the parts one after another, the gateway first: until then the HTTP server says "stopping". */
async function end(parts: readonly Part[], exitCode: number): Promise<void> {
  setTimeout(() => process.exit(exitCode), STOP_TIMEOUT_MS).unref();
  try {
    for (const part of parts) await part.stop();
  } finally {
    process.exit(exitCode);
  }
}

/** A bug in one corner must not end the gateway for all devices; it is reported loudly instead. */
function surviveBugs(gateway: Gateway): void {
  const report = (error: unknown): void => gateway.reportBug(error);
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}

function reportWarnings(warnings: readonly ConfigError[], log: Pick<Logger, 'warn'>): void {
  for (const warning of warnings) log.warn({ code: 'CONFIG_WARNING' }, formatError(warning));
}

function reportErrors(errors: readonly ConfigError[]): void {
  for (const error of errors) process.stderr.write(`${formatError(error)}\n`);
}
