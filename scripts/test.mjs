/** `npm test`: sets up what is missing, then runs Jest. Arguments go to Jest: `npm test -- path`. */
import { runInForeground, runScript } from './run-script.mjs';
import { setUp } from './setup.mjs';

/** Suites share one database server: more workers than this mostly wait for each other. */
const MAX_WORKERS = 2;

await runScript(async () => {
  await setUp();
  const jestArguments = process.argv.slice(2);
  const workersChosen = jestArguments.some((argument) => /^(-w|--maxWorkers|-i$|--runInBand)/.test(argument));
  if (!workersChosen) jestArguments.unshift(`--maxWorkers=${MAX_WORKERS}`);
  process.exitCode = await runInForeground([
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    ...jestArguments,
  ]);
});
