/** Plain values as YAML, for reading. */

const PLAIN = /^[A-Za-z/](?:[\w./ +-]*[\w./+-])?$/;
const WORDS_OF_YAML = /^(?:true|false|null|yes|no|on|off)$/i;

export function yamlText(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return listText(value, indent);
  if (typeof value !== 'object' || value === null) return scalarText(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  return entries.map(([key, inner]) => `${indent}${key}:${below(inner, indent)}`).join('\n');
}

/** What stands behind a colon: on the same line, or as a block below it. */
function below(value: unknown, indent: string): string {
  const deeper = `${indent}  `;
  const isBlock = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  return isBlock ? `\n${yamlText(value, deeper)}` : ` ${yamlText(value, deeper)}`;
}

function listText(list: readonly unknown[], indent: string): string {
  if (list.length === 0) return '[]';
  return list.map((item) => `${indent}- ${yamlText(item, `${indent}  `).trimStart()}`).join('\n');
}

function scalarText(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return PLAIN.test(value) && !WORDS_OF_YAML.test(value) ? value : JSON.stringify(value);
}
