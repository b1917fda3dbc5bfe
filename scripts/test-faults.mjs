/** `npm run test:faults [-- --schedules 200] [-- --only-seed 1]`: syncs under seeded schedules of faults. */
import { runInForeground, runScript } from './run-script.mjs';
import { setUp } from './setup.mjs';

await runScript(async () => {
  await setUp();
  process.exitCode = await runInForeground([
    '--disable-warning=ExperimentalWarning',
    '--import=./scripts/run-on-build.mjs',
    'test/faults/main.ts',
    ...process.argv.slice(2),
  ]);
});
