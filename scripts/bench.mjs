/** `npm run bench [-- --quick] [-- --only writer,latency]`: measures everything, or these suites, in one run. */
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
