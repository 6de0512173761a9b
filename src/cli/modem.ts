/** `modem`: what is behind a serial port. */
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { parsePort, portText } from '../config/values.js';
import { PortError } from '../links/port/port.js';
import type { SerialPortFacts } from '../links/port/serial-list.js';
import { Probe } from '../modems/probe/probe.js';
import { probeStages } from '../modems/probe/questions.js';
import { wholeNumber } from './arguments.js';
import { EXIT } from './exit-codes.js';
import { adviceText, foundText, jsonText } from './modem/findings.js';
import { runProbe } from './modem/run-probe.js';
import { usageError } from './session.js';
import { processTerminal, type Terminal } from './terminal.js';

interface ProbeOptions {
  baudrate?: number;
  all?: true;
  yes?: true;
  json?: true;
}

/** As of `baudrate` in the configuration. */
const BAUD_RATE_MIN = 300;
const BAUD_RATE_MAX = 4_000_000;

const WARNING = [
  'A modem that is transparent (EBYTE, HC-12, XBee in transparent mode) takes a question for data, and sends it',
  'over the air: some octets that mean nothing to whoever hears them. Opening the port may reset the board.',
];

export function registerModem(
  program: Command,
  terminal: Terminal = processTerminal,
  isInteractive: () => boolean = () => process.stdin.isTTY && process.stderr.isTTY,
): void {
  program
    .command('modem')
    .description('find out about a radio modem')
    .command('probe <port>')
    .description(
      'find out which modem answers on a serial port, or at tcp://host:port; exit code 1 when none does',
    )
    .addOption(
      new Option('--baudrate <number>', 'of the line; by default the usual ones')
        .argParser(wholeNumber(BAUD_RATE_MIN, BAUD_RATE_MAX))
        .conflicts('all'),
    )
    .option('--all', 'every question at every baud rate, which takes a minute')
    .option('--yes', 'do not ask whether something may be sent over the air')
    .option('--json', 'print one JSON object')
    .action(async (port: string, options: ProbeOptions, command: Command) => {
      terminal.exitWith(await probe(port, options, command, terminal, isInteractive));
    });
}

async function probe(
  name: string,
  options: ProbeOptions,
  command: Command,
  terminal: Terminal,
  isInteractive: () => boolean,
): Promise<number> {
  const address = parsePort(name);
  if (address === undefined)
    usageError(command, `"${name}" is neither the path of a port nor tcp://host:port`);
  const isTcp = address.kind === 'tcp';
  if (isTcp && (options.baudrate !== undefined || options.all))
    usageError(command, 'the device server sets the baud rate: leave out --baudrate and --all');
  if (!options.yes && !isInteractive())
    usageError(
      command,
      'a probe may send something over the air, and there is no terminal to ask: add --yes',
    );
  const interruption = new AbortController();
  const stopListening = terminal.onInterrupt(() => interruption.abort());
  try {
    const facts = isTcp ? undefined : await factsOf(address.path);
    if (facts?.guess?.modems.length === 0) terminal.err(`${name} is probably ${facts.guess.what}`);
    if (!options.yes && !(await isAllowed(name, terminal, interruption.signal))) {
      terminal.err('nothing was sent');
      return EXIT.failed;
    }
    const where = options.all ? 'all' : (options.baudrate ?? (isTcp ? 'as-is' : 'usual'));
    const result = await runProbe(new Probe(probeStages(where)), address, {
      progress: (text) => terminal.err(`${text} ...`),
      signal: interruption.signal,
    });
    const port = isTcp ? portText(address) : (facts?.path ?? address.path);
    const { speaker } = result;
    if (options.json) terminal.out(jsonText(port, result));
    else if (speaker?.modem === undefined)
      for (const line of adviceText(port, result)) terminal.err(line);
    else terminal.out(foundText(port, { ...speaker, modem: speaker.modem }, result.baudRate));
    return speaker?.modem === undefined ? EXIT.failed : EXIT.ok;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    terminal.err(error.message);
    return EXIT.failed;
  } finally {
    stopListening();
  }
}

/** What is known of a port under any of its names. */
async function factsOf(path: string): Promise<SerialPortFacts | undefined> {
  const [{ realpath }, { listSerialPorts }] = await Promise.all([
    import('node:fs/promises'),
    import('../links/port/serial-list.js'),
  ]);
  const device = await realpath(path).catch(() => path);
  return (await listSerialPorts()).find((port) => port.device === device);
}

async function isAllowed(name: string, terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  for (const line of WARNING) terminal.err(line);
  terminal.err(`Probe ${name}? [y/N]`);
  const lines = createInterface({ input: terminal.input });
  const close = (): void => lines.close();
  signal.addEventListener('abort', close);
  try {
    for await (const line of lines) return /^y(?:es)?$/i.test(line.trim());
    return false;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
