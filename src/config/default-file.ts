/** The commented default file, made from the schema. */
import { stringify } from 'yaml';
import { isMapping, type KeyNode, rootKey, variantFor } from './keys.js';

const COLUMNS = 100;

const HEAD = `\
# Configuration of mqttsn-gateway: every key, with its default.
#
# A key after a # without a space is off: take the # away to use it.
# Durations are 500ms, 30s, 15m, 24h, 7d or a number of seconds; sizes are 64KiB, 1MiB, 1GiB or a
# number of bytes. \${NAME} in a value is the environment variable NAME. MQTTSN_MQTT_SERVER in the
# environment overrides mqtt.server, and so on for every key.
#
# \`mqttsn-gateway check -c FILE\` finds mistakes, \`mqttsn-gateway config schema\` helps editors.
`;

/** The text of \`config/default.yaml\`. Loading it gives the same as having no file. */
export function defaultFile(): string {
  const sections = keyBlocks(rootKey(), {}).map((lines) => lines.join('\n'));
  return `${[HEAD.trimEnd(), ...sections].join('\n\n')}\n`;
}

/** One block of lines for each key of a section. `values` go before defaults. */
function keyBlocks(node: KeyNode, values: Record<string, unknown>): string[][] {
  return [...(node.children ?? [])].map(([key, child]) => [
    ...comment(child.sentence),
    ...keyLines(key, child, values[key]),
  ]);
}

function keyLines(key: string, node: KeyNode, given: unknown): string[] {
  const value = given ?? node.default;
  const isOn = value !== undefined || node.required;
  if (node.children !== undefined) {
    const below = keyBlocks(node, {}).flat().map(indented);
    return isOn ? [`${key}:`, ...below] : [`${key}:`, ...below].map(disabled);
  }
  const { items } = node;
  if (items?.children !== undefined) {
    const entries = Array.isArray(value) ? value.filter(isMapping) : [];
    if (entries.length === 0) return [`${key}:`, ...entryLines(items, {})].map(disabled);
    const shown = entries.map((entry) => variantFor(items, entry));
    const lines = entries.flatMap((entry, i) => entryLines(shown[i], entry));
    // An example of each kind that the default has no entry of.
    const others = (items.variants ?? []).filter((variant) => !shown.includes(variant));
    const examples = others.flatMap((variant) => [
      ...comment(variant.sentence).map((line) => `  ${line}`),
      ...entryLines(variant, {}),
    ]);
    return [`${key}:`, ...lines, ...examples.map(disabled)];
  }
  const line = `${key}: ${inline(value ?? node.example)}`;
  return [isOn ? line : disabled(line)];
}

/** One entry of a list of sections: the dash stands before its first key. */
function entryLines(item: KeyNode | undefined, entry: Record<string, unknown>): string[] {
  const lines = item === undefined ? [] : keyBlocks(item, entry).flat();
  const first = lines.findIndex((line) => !line.startsWith('#'));
  return lines.map((line, i) =>
    i === first ? `  - ${line}` : i < first ? `  ${line}` : `    ${line}`,
  );
}

function indented(line: string): string {
  return `  ${line}`;
}

function disabled(line: string): string {
  return `#${line}`;
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', singleQuote: true, lineWidth: 0 }).trimEnd();
}

/** Wraps a sentence. The deepest key leaves room for a line of COLUMNS. */
function comment(sentence: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of sentence.split(' ')) {
    if (line.length + 1 + word.length > COLUMNS - INDENT_MAX) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** Columns that the deepest keys are moved to the right. */
const INDENT_MAX = 10;
