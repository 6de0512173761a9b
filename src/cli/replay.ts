import type { Command } from 'commander';
import type { ReplayResult, ReplayStep } from '../core/trace.js';
import type { Effect, Input, JournalWrite, LinkEvent } from '../core/types.js';
import { replayFile } from '../gateway/replay.js';
import { describe } from '../observe/describe.js';
import { lineOf } from '../observe/explain/format.js';
import { EXIT } from './exit-codes.js';

const PROBLEMS = {
  'not-a-trace': 'this is not a trace; record one with `run --record FILE`',
  'damaged-line': 'this line is damaged; the run up to here was the same',
  'core-failed': 'the core fails here as it did in the recorded run',
  'other-effects': 'this build does something else here than the recorded one',
} as const;

export function registerReplay(program: Command): void {
  program
    .command('replay <trace>')
    .description('run a recorded trace again and check that the same happens')
    .option('-q, --quiet', 'print the result alone')
    .action((file: string, { quiet }: { quiet?: true }) => {
      process.exitCode = runTrace(file, quiet === true);
    });
}

function runTrace(file: string, quiet: boolean): number {
  try {
    const result = replayFile(file, (step) => {
      if (!quiet) process.stdout.write(format(step));
    });
    return report(file, result);
  } catch (error) {
    process.stderr.write(`cannot read ${file}: ${(error as Error).message}\n`);
    return EXIT.failed;
  }
}

function report(file: string, result: ReplayResult): number {
  if (result.ok) {
    process.stdout.write(`${file}: ${result.steps} steps, the same effects\n`);
    return EXIT.ok;
  }
  process.stderr.write(`${file}:${result.line}: ${PROBLEMS[result.problem]}\n`);
  return EXIT.failed;
}

function format({ at, input, effects, recorded, error }: ReplayStep): string {
  const time = (at / 1000).toFixed(3).padStart(10);
  const lines = [`${time}  > ${describeInput(input)}`];
  for (const effect of effects) lines.push(`${' '.repeat(10)}  < ${describeEffect(effect)}`);
  if (error !== undefined) lines.push(`${' '.repeat(10)}  failed: ${error}`);
  if (recorded !== undefined) lines.push(`${' '.repeat(10)}  recorded: ${recorded}`);
  return `${lines.join('\n')}\n`;
}

function describeLinkEvent(event: LinkEvent): string {
  if (event.event !== 'dropped' || event.data === undefined) return JSON.stringify(event);
  return `dropped ${lineOf(event.data)}: ${event.reason}`;
}

function describeInput(input: Input): string {
  switch (input.kind) {
    case 'datagram':
      return `${input.link} ${input.address} ${lineOf(input.data)}`;
    case 'link':
      return `${input.link} ${describeLinkEvent(input.event)}`;
    case 'upstream':
      return `broker ${JSON.stringify(input.event)}`;
    case 'store':
      return `journal ${JSON.stringify(input.event)}`;
    case 'deadline':
      return 'deadline';
    case 'admin':
      return `command ${input.command.command}`;
    default:
      return input satisfies never;
  }
}

function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'send':
      return `${effect.link} ${effect.address ?? 'everybody'} ${lineOf(effect.data)}`;
    case 'upstream':
      return `broker ${JSON.stringify(effect.request)}`;
    case 'journal':
      return `journal ${effect.writes.map(describeWrite).join(', ')}`;
    case 'notice': {
      const { code, message } = describe(effect.notice);
      return `${code} ${message}`;
    }
    case 'measured':
      return `measures ${effect.what} on ${effect.link}: ${effect.ms} ms`;
    default:
      return effect satisfies never;
  }
}

const describeWrite = ({ key, value }: JournalWrite): string =>
  `${value === undefined ? 'deletes' : 'keeps'} ${key.replaceAll('\0', ' ')}`;
