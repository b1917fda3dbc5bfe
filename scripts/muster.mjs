#!/usr/bin/env node
/** `npx muster <command>` in a clone: the command line client, on the build; sets up what is missing first. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { root, runScript } from './run-script.mjs';

// Looking at every source, as other scripts do, takes longer than most commands.
if (!existsSync(join(root, 'dist/apps/cli/src/main.js'))) {
  const { setUp } = await import('./setup.mjs');
  await runScript(setUp);
}
await import('../dist/apps/cli/src/main.js');
