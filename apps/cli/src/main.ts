#!/usr/bin/env node
import { EXIT } from './exit-code.js';
import { Interrupted } from './interrupted.js';
import { runCommandLine } from './run-command-line.js';
import { readVersion } from './version.js';

const { stdin: input, stdout: output, stderr: errors, env: variables } = process;

const interruption = new AbortController();
process.on('SIGINT', () => {
  // The second time, whatever it waits for.
  if (interruption.signal.aborted) process.exit(EXIT.interrupted);
  interruption.abort(new Interrupted());
});

output.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.readerLeft);
  throw error;
});

const surroundings = { input, output, errors, variables, signal: interruption.signal };
process.exitCode = await runCommandLine(process.argv.slice(2), surroundings, readVersion());
// A request that Ctrl-C has ended, or a terminal that was asked, must not keep it alive.
input.destroy();
