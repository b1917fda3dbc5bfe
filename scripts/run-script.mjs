/** What the scripts share: how they fail, run programs and find files. Must load on any Node.js with modules. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How much of a failed program's output is shown. */
const MAX_OUTPUT_LINES = 40;

/** The clone. Not by import.meta.dirname, so that an old Node.js gets to the message about its age. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A step that failed, in one line; `output` is what the program behind it printed. */
export class SetUpError extends Error {
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

/** Runs `main`, and ends the process with a clear line when it fails. */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    if (error instanceof SetUpError && error.output !== '') console.error(excerpt(error.output));
    console.error(`✗ ${error instanceof SetUpError ? error.message : (error.stack ?? error)}`);
    process.exit(1);
  }
}

/** npm follows its reason with pages of usage. */
function excerpt(output) {
  const lines = output.trim().split('\n');
  const left = lines.length - MAX_OUTPUT_LINES;
  return [...lines.slice(0, MAX_OUTPUT_LINES), ...(left > 0 ? [`(${left} more lines)`] : [])].join('\n');
}

/** Runs a program to its end; it shares our terminal, and a Ctrl-C is its to handle. Returns its exit code. */
export async function runInForeground(programArguments, environment = {}) {
  const child = spawn(process.execPath, programArguments, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

/** All files under a folder, sorted. */
export function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
