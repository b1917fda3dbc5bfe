/** `npm start`: sets up what is missing, then runs Muster in this very process, so that one Ctrl-C ends it. */
import { runScript } from './run-script.mjs';
import { setUp } from './setup.mjs';

await runScript(setUp);
// AWS's SDK would say of its later versions, which we don't take, that they want another Node.js.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
process.setSourceMapsEnabled(true);
await import('../dist/apps/muster/src/main.js');
