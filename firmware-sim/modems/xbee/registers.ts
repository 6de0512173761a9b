import type { RegisterFacts } from './firmware.js';

/** The status of an AT response (modems.md 3.2). */
export const AT_STATUS = {
  ok: 0,
  error: 1,
  invalidCommand: 2,
  invalidParameter: 3,
  notSent: 4,
} as const;

export interface AtResult {
  status: number;
  value?: Uint8Array;
}

const TEXT_BYTES_MAX = 20;

/**
 * The settings of a module in three layers: saved, which a reset brings back; in force; and waiting for
 * `AC`, `CN` or the next command of frame 08 (3.2).
 */
export class Registers {
  private readonly facts: ReadonlyMap<string, RegisterFacts>;
  private saved: Map<string, Uint8Array>;
  private readonly live = new Map<string, Uint8Array>();
  private readonly waiting = new Map<string, Uint8Array>();

  constructor(
    facts: ReadonlyMap<string, RegisterFacts>,
    settings: ReadonlyMap<string, Uint8Array>,
  ) {
    this.facts = facts;
    this.saved = new Map(
      [...facts].map(([name, { initial }]) => [name, settings.get(name) ?? initial]),
    );
    this.restore();
  }

  /** As a number, of a register that exists in every firmware and has four octets at most. */
  number(name: string): number {
    return toNumber(this.live.get(name) ?? new Uint8Array());
  }

  octets(name: string): Uint8Array {
    return this.live.get(name) ?? new Uint8Array();
  }

  /** By the module itself: read-only ones as well, and in force at once. */
  note(name: string, value: Uint8Array): void {
    this.live.set(name, value);
  }

  isText(name: string): boolean {
    return this.facts.get(name)?.isText === true;
  }

  read(name: string): AtResult {
    const value = this.waiting.get(name) ?? this.live.get(name);
    return value === undefined
      ? { status: AT_STATUS.invalidCommand }
      : { status: AT_STATUS.ok, value };
  }

  /** Takes effect with `apply`. */
  write(name: string, value: Uint8Array): AtResult {
    const facts = this.facts.get(name);
    if (facts === undefined) return { status: AT_STATUS.invalidCommand };
    if (facts.isReadOnly === true) return { status: AT_STATUS.error };
    const fitting = fit(value, facts);
    if (fitting === undefined) return { status: AT_STATUS.invalidParameter };
    this.waiting.set(name, fitting);
    return { status: AT_STATUS.ok };
  }

  apply(): void {
    for (const [name, value] of this.waiting) this.live.set(name, value);
    this.waiting.clear();
  }

  save(): void {
    this.saved = new Map([...this.live, ...this.waiting]);
  }

  /** What a reset leaves. */
  restore(): void {
    this.waiting.clear();
    for (const [name, value] of this.saved) this.live.set(name, value);
  }
}

/** In the register's width, or undefined when it does not fit. */
function fit(value: Uint8Array, facts: RegisterFacts): Uint8Array | undefined {
  if (facts.isText === true) return value.length <= TEXT_BYTES_MAX ? value.slice() : undefined;
  const width = facts.initial.length;
  const excess = value.length - width;
  if (excess > 0 && value.slice(0, excess).some((octet) => octet !== 0)) return undefined;
  const fitting = new Uint8Array(width);
  const significant = excess > 0 ? value.slice(excess) : value;
  fitting.set(significant, width - significant.length);
  return facts.max !== undefined && toNumber(fitting) > facts.max ? undefined : fitting;
}

function toNumber(octets: Uint8Array): number {
  let value = 0;
  for (const octet of octets) value = value * 256 + octet;
  return value;
}
