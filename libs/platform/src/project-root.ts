import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of this project's package.json, from sources and from `dist/` alike. */
export const projectRoot = findRoot(import.meta.dirname);

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('Muster runs from its own folder, the one with package.json.');
  return findRoot(parent);
}
