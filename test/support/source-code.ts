/**
 * Reads TypeScript as far as rules about the source tree need it: which modules a file imports,
 * and its text without comments and without what stands in strings.
 */

interface Import {
  specifier: string;
  /** `import type` or `export type`: gone after compilation. `import { type A }` is not: the module is still loaded. */
  typeOnly: boolean;
}

export interface SourceCode {
  imports: Import[];
  /** The text, same length, with comments and the content of strings and regular expressions as spaces. */
  code: string;
}

export function readSource(text: string): SourceCode {
  const code = blank(text);
  return { code, imports: [...staticImports(text, code), ...importCalls(text, code)] };
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`. No clause has a colon, a call or an assignment. */
function staticImports(text: string, code: string): Import[] {
  const statements = code.matchAll(
    /(?<![.\w$])(?:import\s*|(?:import|export)\b(?<clause>[^'"():;=]*?)\bfrom\s*)(?<quote>['"]) *\k<quote>/g,
  );
  return [...statements].map((match) => ({
    specifier: lastString(text, match),
    typeOnly: /^\s+type\b(?!\s*$)/.test(match.groups?.['clause'] ?? ''),
  }));
}

/** `import('x')`, also where only its type is meant: a rule that was broken for a type is broken. */
function importCalls(text: string, code: string): Import[] {
  const calls = code.matchAll(/(?<![.\w$])(?:import|require)\s*\(\s*(?<quote>['"`]) *\k<quote>/g);
  return [...calls].map((match) => ({ specifier: lastString(text, match), typeOnly: false }));
}

/** The string that a match in the blanked text ends with, from the text itself. */
function lastString(text: string, match: RegExpExecArray): string {
  const quote = match.groups?.['quote'] ?? '';
  const end = match.index + match[0].length - 1;
  return text.slice(text.lastIndexOf(quote, end - 1) + 1, end);
}

/** What the scanner skips as a whole. A template is read piece by piece, its `${}` are code. */
const SKIPPED =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const TEMPLATE_PIECE = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;

/** A slash after one of these begins a regular expression; after a value it divides. */
const BEFORE_REGEXP = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|void))\s*$/;

function blank(text: string): string {
  let code = '';
  /** For each open `${`, how many braces are open within it. */
  const templates: number[] = [];
  const template = (): void => {
    code += spaces(take(TEMPLATE_PIECE, text, code.length));
    if (text.startsWith('${', code.length)) {
      code += '${';
      templates.push(0);
    } else if (code.length < text.length) code += '`';
  };
  while (code.length < text.length) {
    const skipped = take(SKIPPED, text, code.length);
    const char = text[code.length] ?? '';
    if (skipped !== '' && !(isRegexp(skipped) && !BEFORE_REGEXP.test(code))) {
      code += isString(skipped) ? `${char}${spaces(skipped.slice(1, -1))}${char}` : spaces(skipped);
      continue;
    }
    code += char;
    const depth = templates.length - 1;
    if (char === '`') template();
    else if (char === '{' && depth >= 0) templates[depth] = (templates[depth] ?? 0) + 1;
    else if (char === '}' && templates[depth] === 0) {
      templates.pop();
      template();
    } else if (char === '}' && depth >= 0) templates[depth] = (templates[depth] ?? 0) - 1;
  }
  return code;
}

function take(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

const isString = (token: string): boolean => token.startsWith("'") || token.startsWith('"');
const isRegexp = (token: string): boolean => /^\/(?![*/])/.test(token);
const spaces = (token: string): string => token.replace(/[^\n]/g, ' ');
