/** `npm run credentials -- <command>`: sets up what is missing, then makes, lists or ends credentials. */
import { runScript } from './run-script.mjs';
import { setUp } from './setup.mjs';

await runScript(setUp);
process.setSourceMapsEnabled(true);
await import('../dist/apps/muster/src/credentials/main.js');
