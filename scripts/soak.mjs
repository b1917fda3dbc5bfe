/** `npm run soak [-- --minutes 30] [-- --queue redis]`: many accounts that resync every minute, while things break. */
import { runInForeground, runScript } from './run-script.mjs';
import { setUp } from './setup.mjs';

await runScript(async () => {
  await setUp();
  process.exitCode = await runInForeground([
    '--disable-warning=ExperimentalWarning',
    '--import=./scripts/run-on-build.mjs',
    'test/soak/main.ts',
    ...process.argv.slice(2),
  ]);
});
