/**
 * A recorded run as JSON lines: the configuration first, then each input with its time and its
 * effects. Because the core is deterministic, the same inputs must give the same effects: a trace is
 * a bug report that reproduces itself. Octets are written as `{"$hex": "..."}`.
 */
import type { CoreConfig } from './config.js';
import { createCore } from './core.js';
import type { Effect, GatewayCore, Input, Instant } from './types.js';

const TRACE_VERSION = 1;

interface TraceHeader {
  trace: typeof TRACE_VERSION;
  config: CoreConfig;
}

interface TraceStep {
  at: Instant;
  input: Input;
  effects: readonly Effect[];
  /** The core failed: what it said. */
  error?: string;
}

export const traceHeader = (config: CoreConfig): string =>
  write({ trace: TRACE_VERSION, config } satisfies TraceHeader);

export function traceStep(
  at: Instant,
  input: Input,
  outcome: readonly Effect[] | { error: unknown },
): string {
  const step: TraceStep =
    'error' in outcome
      ? { at, input, effects: [], error: messageOf(outcome.error) }
      : { at, input, effects: outcome };
  return write(step);
}

/** An input as a line of a trace has it. */
export const traceInput = (input: Input): string => write(input);

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

export interface ReplayStep {
  /** Line in the trace, from 1. */
  line: number;
  at: Instant;
  input: Input;
  effects: readonly Effect[];
  /** Set when this build does something else than the trace says: its effects as JSON, or its error. */
  recorded?: string;
  /** Set when the core fails here: the bug that the trace was recorded for. */
  error?: string;
}

export type ReplayResult =
  | { ok: true; steps: number }
  | {
      ok: false;
      line: number;
      problem: 'not-a-trace' | 'damaged-line' | 'other-effects' | 'core-failed';
    };

/**
 * Runs a trace through a new core. `onStep` sees every step; the first step with other effects ends
 * the replay. Never throws on a damaged trace.
 */
export function replay(lines: Iterable<string>, onStep: (step: ReplayStep) => void): ReplayResult {
  let core: GatewayCore | undefined;
  let line = 0;
  let steps = 0;
  for (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    const entry = read(text);
    if (core === undefined) {
      core = isHeader(entry) ? tryCreate(entry) : undefined;
      if (core === undefined) return { ok: false, line, problem: 'not-a-trace' };
      continue;
    }
    if (!isStep(entry)) return { ok: false, line, problem: 'damaged-line' };
    const { effects, error } = tryStep(core, entry);
    // What makes the core fail without a word in the trace is the trace's own damage.
    if (error !== undefined && entry.error === undefined) {
      return { ok: false, line, problem: 'damaged-line' };
    }
    const recorded = entry.error ?? write(entry.effects);
    const same = (error ?? write(effects)) === recorded;
    onStep({
      line,
      at: entry.at,
      input: entry.input,
      effects,
      ...(same ? {} : { recorded }),
      ...(error === undefined ? {} : { error }),
    });
    if (!same) return { ok: false, line, problem: 'other-effects' };
    if (error !== undefined) return { ok: false, line, problem: 'core-failed' };
    steps++;
  }
  return core === undefined ? { ok: false, line, problem: 'not-a-trace' } : { ok: true, steps };
}

/** The core trusts its caller, and a damaged trace is not one to be trusted. */
function tryCreate({ config }: TraceHeader): GatewayCore | undefined {
  try {
    return createCore(config);
  } catch {
    return undefined;
  }
}

function tryStep(
  core: GatewayCore,
  { input, at }: TraceStep,
): { effects: readonly Effect[]; error?: string } {
  try {
    return { effects: core.step(input, at) };
  } catch (error) {
    return { effects: [], error: messageOf(error) };
  }
}

function write(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, member: unknown) {
    // Node's Buffer has turned itself into something else by the time `member` is here.
    const original = this[key];
    return original instanceof Uint8Array ? { $hex: toHex(original) } : member;
  });
}

function read(text: string): unknown {
  try {
    return JSON.parse(text, (_key, member: unknown) =>
      isHex(member) ? fromHex(member.$hex) : member,
    ) as unknown;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isHex = (value: unknown): value is { $hex: string } =>
  isObject(value) && typeof value['$hex'] === 'string';

const isHeader = (value: unknown): value is TraceHeader =>
  isObject(value) && value['trace'] === TRACE_VERSION && isObject(value['config']);

const isStep = (value: unknown): value is TraceStep =>
  isObject(value) &&
  typeof value['at'] === 'number' &&
  isObject(value['input']) &&
  Array.isArray(value['effects']);

const toHex = (bytes: Uint8Array): string =>
  bytes.reduce((hex, octet) => hex + octet.toString(16).padStart(2, '0'), '');

function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
