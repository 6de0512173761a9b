/** An explained frame as a block, as a line, and as plain data. */
import { explain, type Explanation, type Row } from './explain.js';
import { count, hexText } from './text.js';

/** Widest column of octets in a block; longer fields keep their text on the same line. */
const OCTETS_COLUMN = 24;

/** `PUBLISH QoS 1, topic id 5, message id 10, payload "21.5" (4 octets)`; with what is wrong, if anything. */
export function lineOf(frame: Uint8Array): string {
  const { name, header, fields, problem } = explain(frame);
  const parts = [...header.filter(({ brief }) => brief !== undefined), ...fields].map(briefOf);
  const line = [name, parts.filter((part) => part !== '').join(', ')].filter(Boolean).join(' ');
  return problem === undefined ? line : `${line} MALFORMED: ${problemText(problem)}`;
}

/** Several lines: every octet with its meaning. */
export function blockOf(frame: Uint8Array): string {
  const { name, header, fields, problem } = explain(frame);
  const title = `${name}, ${count(frame.length, 'octet')}`;
  const lines = [title, ...[...header, ...fields].map(rowLine)];
  if (problem !== undefined) lines.push(`  wrong: ${problemText(problem)} [${problem.error}]`);
  return lines.join('\n');
}

/** For `--json`: octets as hex. */
export function plainOf(frame: Uint8Array): Record<string, unknown> {
  const { decoded, problem } = explain(frame);
  const hex = Buffer.from(frame).toString('hex');
  if (problem !== undefined) return { hex, ...problem };
  return { hex, message: withHex(decoded) };
}

function withHex(decoded: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(decoded).map(([key, value]) => {
      if (value instanceof Uint8Array) return [key, Buffer.from(value).toString('hex')];
      return [key, typeof value === 'object' ? withHex(value as object) : value];
    }),
  );
}

function problemText({ text, octet }: NonNullable<Explanation['problem']>): string {
  return octet === undefined ? text : `${text} (at octet ${octet})`;
}

const briefOf = ({ label, text, brief }: Row): string => brief ?? `${label} ${text}`;

function rowLine({ at, octets, label, text }: Row): string {
  const last = at + octets.length - 1;
  const place = last > at ? `${at}-${last}` : `${at}`;
  const octetsText = octets.length > OCTETS_COLUMN / 3 ? '…' : hexText(octets);
  return `  ${place.padEnd(9)} ${octetsText.padEnd(OCTETS_COLUMN)} ${label.padEnd(15)} ${text}`;
}
