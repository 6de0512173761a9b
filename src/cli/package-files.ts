import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the installed package, by its path there: built files lie elsewhere than their sources. */
export function packageFile(...path: string[]): string {
  return join(root(dirname(fileURLToPath(import.meta.url))), ...path);
}

function root(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error('broken installation: there is no package.json');
  return root(above);
}
