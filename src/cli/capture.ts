/** `capture`: frames of the running gateway as a file for Wireshark. */
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/values.js';
import { collect } from './arguments.js';
import { wholeBlocks } from './capture/whole-blocks.js';
import { EXIT } from './exit-codes.js';
import { askGateway, GatewayError, type PlaceOptions } from './running-gateway.js';
import { processTerminal, type Terminal } from './terminal.js';

const CAPTURE = 'application/x-pcapng';

interface CaptureOptions extends PlaceOptions {
  output: string;
  link?: string[];
  /** As the gateway takes it. */
  last?: string;
  /** Milliseconds. */
  for?: number;
  maskPayloads?: true;
}

export function registerCapture(program: Command, terminal: Terminal = processTerminal): void {
  program
    .command('capture')
    .description('write frames of the running gateway to a file that Wireshark reads')
    .requiredOption('-o, --output <file>', 'the pcapng file; - for standard output')
    .option('-c, --config <file>', 'configuration that the gateway runs with')
    .option('--url <url>', 'where the gateway is, in place of its configuration')
    .option('--token-file <file>', 'file with the token, beside --url')
    .option('--link <name>', 'only this link, may be repeated', collect(String))
    .option(
      '--last <duration>',
      'what the gateway has kept of so long before, and no more',
      lasting,
    )
    .option('--for <duration>', 'end after so long (default: with Ctrl-C)', milliseconds)
    .option('--mask-payloads', 'without what messages say')
    .action(async (options: CaptureOptions) => {
      terminal.exitWith(await run(options, terminal));
    });
}

function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('It is a duration as 30s, 5m.');
}

function lasting(text: string): string {
  milliseconds(text);
  return text;
}

async function run(options: CaptureOptions, terminal: Terminal): Promise<number> {
  const isLive = options.last === undefined || options.for !== undefined;
  const end = new AbortController();
  const stopListening = terminal.onInterrupt(() => end.abort());
  let timer: NodeJS.Timeout | undefined;
  let answer: IncomingMessage | undefined;
  let file: FileHandle | undefined;
  let octets = 0;
  try {
    answer = await askGateway(options, pathOf(options, isLive), CAPTURE, end.signal);
    // Not before: a gateway that is busy takes nothing of the time that somebody wants to see.
    if (options.for !== undefined) timer = setTimeout(() => end.abort(), options.for);
    file = options.output === '-' ? undefined : await open(options.output, 'w');
    for await (const blocks of wholeBlocks(answer)) {
      if (file === undefined) {
        terminal.out(blocks);
        // What nobody takes waits in the gateway, which has a limit for it.
        await terminal.taken(end.signal);
      } else await file.writeFile(blocks);
      octets += blocks.length;
    }
    if (isLive) terminal.err('the gateway has ended; what came before is in the file');
    return isLive ? EXIT.failed : EXIT.ok;
  } catch (error) {
    if (end.signal.aborted) return EXIT.ok;
    terminal.err(problemText(error, options.output));
    return EXIT.failed;
  } finally {
    clearTimeout(timer);
    stopListening();
    // Where the file could not be opened nobody reads it, and live it never ends.
    answer?.destroy();
    await file?.close();
    if (file !== undefined) terminal.err(`${options.output}: ${octets} octets`);
  }
}

function problemText(error: unknown, output: string): string {
  if (error instanceof GatewayError) return error.message;
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === 'open' || syscall === 'write') return `cannot write ${output}: ${message}`;
  if (code === 'ECONNRESET')
    return 'the connection to the gateway was lost, or ended because nobody took what it sent; what came before is in the file';
  throw error;
}

function pathOf({ link = [], last, maskPayloads }: CaptureOptions, isLive: boolean): string {
  const asked = new URLSearchParams(link.map((name): [string, string] => ['link', name]));
  asked.set('live', String(isLive));
  if (last !== undefined) asked.set('last', last);
  if (maskPayloads) asked.set('payloads', 'masked');
  return `/api/capture?${asked.toString()}`;
}
