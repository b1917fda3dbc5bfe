import { limitMemory, runProcess } from '#platform';

import { parseCommandLine, USAGE } from './command-line.js';
import { Shutdown, startMuster } from './start-muster.js';

const INTERRUPTED = 130; // what a shell reports for a process that Ctrl-C ended

await runProcess(async () => {
  const commandLine = parseCommandLine(process.argv.slice(2));
  if (commandLine.help) {
    process.stdout.write(USAGE);
    return;
  }
  limitMemory();
  const shutdown = new Shutdown();
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      signals += 1;
      // npm passes on the signal that the terminal sent us already: only a third one is impatience.
      if (signals > 2) process.exit(INTERRUPTED);
      if (signals === 1) process.stdout.write('\nStopping: pages in work are finished first …\n');
      void shutdown.run().then(() => process.exit(0));
    });
  }
  try {
    await startMuster(commandLine, shutdown, process.stdout);
  } catch (error) {
    if (shutdown.signal.aborted) return shutdown.run(); // stopped while starting
    await shutdown.run();
    throw error;
  }
});
