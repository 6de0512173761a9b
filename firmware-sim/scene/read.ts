/** From text to a scene: every mistake at once, each with its place. */
import type { z } from 'zod';
import { type Problem, problemsOf } from './rules.js';
import { type Scene, sceneSchema } from './schema.js';
import { type Path, readSource } from './source.js';

export type SceneResult =
  | { scene: Scene; errors?: never }
  /** Lines as `file:line:column: key: what is wrong`. */
  | { scene?: never; errors: string[] };

/** `file` is what errors call the text. Never throws. */
export function readScene(text: string, file: string): SceneResult {
  const { value, problems, locate } = readSource(text);
  if (problems.length > 0) return { errors: problems.map((problem) => `${file}:${problem}`) };
  const judged = sceneSchema.safeParse(value ?? {});
  const found = judged.success ? problemsOf(judged.data) : judged.error.issues.flatMap(problemOf);
  if (judged.success && found.length === 0) return { scene: judged.data };
  const errors = found.map(({ path, message }) =>
    [`${file}:${locate(path)}`, pathText(path), message].filter((part) => part !== '').join(': '),
  );
  return { errors: [...new Set(errors)] };
}

function problemOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key' }));
  }
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined;
  return [{ path: issue.path, message: isMissing ? 'is missing' : issue.message }];
}

/** `['devices', 0, 'topic']` as `devices[0].topic`. */
const pathText = (path: Path): string =>
  path
    .map((part, i) =>
      typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${nameText(String(part))}`,
    )
    .join('');

/** In quotation marks when it would not fit into a line. */
const nameText = (name: string): string => (/\p{Cc}/u.test(name) ? JSON.stringify(name) : name);
