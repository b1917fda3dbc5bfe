/** `npm run vault -- status|rotate`: sets up what is missing, then runs the command in this very process. */
import { runScript } from './run-script.mjs';
import { setUp } from './setup.mjs';

await runScript(setUp);
process.setSourceMapsEnabled(true);
await import('../dist/apps/muster/src/vault/main.js');
