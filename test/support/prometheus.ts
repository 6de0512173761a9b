/** A strict reader of Prometheus text (exposition format 0.0.4): what it takes, every scraper takes. */
import { checkHistogram } from './histograms.js';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?inf|nan)$/i;
const TYPES = ['counter', 'gauge', 'histogram', 'summary'];
const PARTS: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

export interface Family {
  name: string;
  help: string;
  type: string;
  /** By the text of the sample without its value: `name{label="value"}`. */
  samples: Map<string, number>;
}

/** Reads a whole answer. Throws with the line when something is not as the format asks for. */
export function readMetrics(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  let open: Family | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const fault = (what: string): Error => new Error(`${what}: ${line}`);
    const [, keyword, name = '', rest = ''] =
      new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.has(name)) throw fault('a second family of this name');
      open = { name, help: rest, type: '', samples: new Map() };
      families.set(name, open);
    } else if (keyword === 'TYPE') {
      if (open?.name !== name || open.type !== '') throw fault('TYPE without its HELP before it');
      if (!TYPES.includes(rest)) throw fault('no such type');
      open.type = rest;
    } else if (line.startsWith('#')) {
      throw fault('neither HELP nor TYPE');
    } else {
      addSample(open, line, fault);
    }
  }
  for (const { name, type, samples } of families.values()) {
    if (type === '') throw new Error(`${name} has no TYPE`);
    if (type === 'counter' && !name.endsWith('_total')) throw new Error(`${name} lacks _total`);
    if (type === 'gauge' && name.endsWith('_total')) throw new Error(`${name} is no counter`);
    if (samples.size === 0) throw new Error(`${name} has no sample`);
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return families;
}

function addSample(family: Family | undefined, line: string, fault: (what: string) => Error): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? fail(fault('no sample'));
  if (!VALUE.test(value)) throw fault('no number');
  if (family === undefined || family.type === '') throw fault('a sample before HELP and TYPE');
  const parts = PARTS[family.type] ?? [''];
  if (!parts.some((part) => name === family.name + part)) throw fault('a sample of another family');
  const names = [...labels.matchAll(/([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label);
  if (new Set(names).size !== names.length) throw fault('a label twice');
  const key = line.slice(0, line.lastIndexOf(' '));
  if (family.samples.has(key)) throw fault('a sample twice');
  family.samples.set(key, Number(value));
}

function fail(error: Error): never {
  throw error;
}
