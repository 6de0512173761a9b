/**
 * The text format of Prometheus, version 0.0.4. Written by ourselves: the numbers are plain fields, and a library would
 * have each of them hashed into a registry first, which cost three times as much as all the rest of a scrape.
 */
import type { Family, HistogramSample, Sample } from './family.js';

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Nothing of a family that has no samples now. */
export function familyText<From>(family: Family<From>, from: From): string {
  const lines = linesOf(family, from);
  if (lines === '') return '';
  const { name, help, type } = family;
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines}`;
}

function linesOf<From>(family: Family<From>, from: From): string {
  const { name, labels } = family;
  let lines = '';
  if (family.type === 'histogram') {
    for (const sample of family.read(from)) lines += histogramLines(name, labels, sample);
  } else {
    for (const sample of family.read(from)) lines += sampleLine(name, labels, sample);
  }
  return lines;
}

function sampleLine(name: string, labels: readonly string[], sample: Sample): string {
  const pairs = labelPairs(labels, sample);
  return `${name}${pairs === '' ? '' : `{${pairs}}`} ${valueText(sample[0])}\n`;
}

function histogramLines(name: string, labels: readonly string[], sample: HistogramSample): string {
  const [{ boundsSec, counts, sum }] = sample;
  const pairs = labelPairs(labels, sample);
  const before = pairs === '' ? '' : `${pairs},`;
  const braces = pairs === '' ? '' : `{${pairs}}`;
  let lines = '';
  let total = 0;
  for (const [at, count] of counts.entries()) {
    total += count;
    const bound = valueText(boundsSec[at] ?? Number.POSITIVE_INFINITY);
    lines += `${name}_bucket{${before}le="${bound}"} ${total}\n`;
  }
  return `${lines}${name}_sum${braces} ${valueText(sum)}\n${name}_count${braces} ${total}\n`;
}

function labelPairs(labels: readonly string[], sample: Sample | HistogramSample): string {
  let pairs = '';
  for (const [at, label] of labels.entries()) {
    const value = sample[at + 1] as string;
    pairs += `${at === 0 ? '' : ','}${label}="${escapeLabel(value)}"`;
  }
  return pairs;
}

/** As Go writes them, which Prometheus is made of. */
function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeLabel = (text: string): string =>
  /[\\"\n]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text;
