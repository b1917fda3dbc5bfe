import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectRoot } from './project-root.js';

/** This Muster's version, of its package.json. */
export const MUSTER_VERSION = readVersion();

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
