/** `npm run test:emulators`: the suites on other people's implementations of the vendors' protocols. */
import { runInForeground, runScript } from './run-script.mjs';
import { setUp } from './setup.mjs';

await runScript(async () => {
  await setUp();
  process.exitCode = await runInForeground([
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--config=jest.emulators.config.mjs',
    ...process.argv.slice(2),
  ]);
});
