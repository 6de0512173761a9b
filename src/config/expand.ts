/** `${NAME}` in texts of the file. */
import { CLIENT_ID_TEMPLATE } from './kinds.js';
import { nearest } from './nearest.js';

const VARIABLE = /\$\{([^}]*)\}/g;

/**
 * Replaces each `${NAME}` by the environment variable. `${clientId}` stays: it is filled in for
 * each device. `missing` says what could not be replaced.
 */
export function expand(text: string, env: NodeJS.ProcessEnv): { text: string; missing?: string } {
  let missing: string | undefined;
  const expanded = text.replace(VARIABLE, (reference: string, name: string) => {
    if (reference === CLIENT_ID_TEMPLATE) return reference;
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) missing ??= notSet(reference, name);
    return value ?? reference;
  });
  return missing === undefined ? { text: expanded } : { text: expanded, missing };
}

function notSet(reference: string, name: string): string {
  const meant = nearest(name.replace('_', ''), ['clientId']);
  const hint = meant === undefined ? '' : ` (did you mean "${CLIENT_ID_TEMPLATE}"?)`;
  return `uses ${reference}, but the environment has no ${name}${hint}`;
}
