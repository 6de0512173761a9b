/** `decode`: explains frames given as hex, or all messages of a capture file. */
import { type Stats, readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { addressText } from '../client/udp.js';
import { collect, port } from './arguments.js';
import { type CaptureSummary, type Finding, findMessages, timeText } from './capture/messages.js';
import { explain } from '../observe/explain/explain.js';
import { blockOf, lineOf, plainOf } from '../observe/explain/format.js';
import { count } from '../observe/explain/text.js';
import { EXIT } from './exit-codes.js';
import { usageError } from './session.js';
import { processTerminal, type Terminal } from './terminal.js';

interface DecodeOptions {
  port?: number[];
  json?: true;
}

/** A capture is read at once; more would not fit into a small machine. */
const CAPTURE_BYTES_MAX = 512 * 1024 * 1024;

export function registerDecode(program: Command, terminal: Terminal = processTerminal): void {
  const command = program
    .command('decode')
    .description('explain MQTT-SN frames given as hex, or the messages of a capture file')
    .argument(
      '<hex-or-file...>',
      'frames as hex (spaces, colons and 0x allowed), or .pcap and .pcapng files',
    )
    .option('--port <port>', 'in captures: only this UDP port, may be repeated', collect(port))
    .option('--json', 'print one JSON object per message');
  command.action((inputs: string[], options: DecodeOptions) => {
    const printers = printersOf(inputs, options, command);
    const codes = printers.map((print) => print(terminal));
    terminal.exitWith(codes.find((code) => code !== EXIT.ok) ?? EXIT.ok);
  });
}

type Printer = (terminal: Terminal) => number;

/** Looks at all inputs before anything is printed. An existing file wins over hex. */
function printersOf(inputs: string[], options: DecodeOptions, command: Command): Printer[] {
  const isOctets = inputs.every((input) => /^(0x)?[0-9a-f]{1,2}$/i.test(input));
  // `decode 02 16` is one frame, `decode 0216 0217` are two.
  if (isOctets && !inputs.some((input) => statOf(input)?.isFile())) {
    const padded = inputs.map((input) => input.replace(/^0x/i, '').padStart(2, '0'));
    return [frame(Buffer.from(padded.join(''), 'hex'), options)];
  }
  return inputs.map((input) => {
    const stats = statOf(input);
    if (stats?.isFile()) return capture(input, stats, options);
    const octets = octetsOf(input);
    if (octets !== undefined) return frame(octets, options);
    return usageError(command, `"${input}" is no file, and no hex with two digits for each octet`);
  });
}

/** Whatever hinders the look at a file: hex can be longer than any file name. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function octetsOf(input: string): Uint8Array | undefined {
  const digits = input.replace(/0x/gi, '').replace(/[\s:,-]/g, '');
  return /^([0-9a-f]{2})*$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

function frame(octets: Uint8Array, { json }: DecodeOptions): Printer {
  return (terminal) => {
    terminal.out(`${json ? JSON.stringify(plainOf(octets)) : blockOf(octets)}\n`);
    return explain(octets).problem === undefined ? EXIT.ok : EXIT.failed;
  };
}

function capture(file: string, { size }: Stats, options: DecodeOptions): Printer {
  return (terminal) => {
    if (size > CAPTURE_BYTES_MAX) {
      terminal.err(
        `${file} has ${size} octets; cut it below ${CAPTURE_BYTES_MAX}, with editcap -c`,
      );
      return EXIT.failed;
    }
    let isWhole = true;
    const report = (finding: Finding): void => {
      if (finding.kind === 'damage') {
        isWhole = false;
        terminal.err(`${file} is damaged at offset ${finding.at}: ${finding.text}`);
      } else terminal.out(`${options.json ? jsonOf(finding) : textOf(finding)}\n`);
    };
    const bytes = read(file, terminal);
    if (bytes === undefined) return EXIT.failed;
    const summary = findMessages(bytes, options.port ?? [], report);
    if (summary === undefined) {
      terminal.err(`${file} is neither a pcap nor a pcapng file`);
      return EXIT.failed;
    }
    for (const line of remarks(summary, options)) terminal.err(`${file}: ${line}`);
    return isWhole ? EXIT.ok : EXIT.failed;
  };
}

function read(file: string, terminal: Terminal): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    terminal.err(`cannot read ${file}: ${(error as Error).message}`);
    return undefined;
  }
}

function remarks(
  { packets, messages, unreadable }: CaptureSummary,
  options: DecodeOptions,
): string[] {
  const lines = [...unreadable].map(
    ([linkType, number]) =>
      `${count(number, 'packet')} of link type ${linkType} skipped: only Ethernet, Linux cooked, ` +
      'raw IP and loopback can be read',
  );
  if (messages > 0) return lines;
  const hint = options.port === undefined ? '; name its port with --port' : ' from or to that port';
  return [...lines, `no MQTT-SN message among ${count(packets, 'packet')}${hint}`];
}

type FoundMessage = Extract<Finding, { kind: 'message' }>;

function textOf({ timeNs, datagram, comment }: FoundMessage): string {
  const { source, destination, payload } = datagram;
  const route = `${addressText(source)} → ${addressText(destination)}`;
  const remark = comment === undefined ? '' : `  # ${comment}`;
  return `${timeText(timeNs) ?? 'no time'}  ${route}  ${lineOf(payload)}${remark}`;
}

function jsonOf({ timeNs, datagram, comment }: FoundMessage): string {
  const { source, destination, payload } = datagram;
  const time = timeText(timeNs) ?? null;
  const from = addressText(source);
  const to = addressText(destination);
  return JSON.stringify({ time, from, to, ...plainOf(payload), comment });
}
