import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Package {
  version: string;
  dependencies: Record<string, string>;
}

/** What a folder's `package.json` says. */
export async function readPackage(folder: string): Promise<Package> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Package;
}
