import { readFileSync } from 'node:fs';

/** Four folders up both in Muster's build (`dist/apps/cli/src`) and in the package, whose `dist` has the same folders. */
const PACKAGE = new URL('../../../../package.json', import.meta.url);

/** The version of this program, and of the Muster that it came with. */
export function readVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}
