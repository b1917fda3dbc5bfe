/** `npm run bench [-- --vms 20000]`: measures a whole sync and the database's own speed in one run. */
import { runInForeground, runScript } from './run-script.mjs';
import { setUp } from './setup.mjs';

await runScript(async () => {
  await setUp();
  process.exitCode = await runInForeground([
    '--disable-warning=ExperimentalWarning',
    '--import=./scripts/run-typescript.mjs',
    'bench/main.ts',
    ...process.argv.slice(2),
  ]);
});
