/** `npm start`: sets up what is missing, then runs Muster in this very process, so that one Ctrl-C ends it. */
import { runScript } from './run-script.mjs';
import { setUp } from './setup.mjs';

await runScript(setUp);
process.setSourceMapsEnabled(true);
await import('../dist/apps/muster/src/main.js');
