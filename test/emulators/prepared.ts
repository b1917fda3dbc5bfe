import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** What is built and installed for the emulators' suites; git ignores it. */
const FOLDER = resolve(import.meta.dirname, '../../.muster/emulators');
/** A cold build compiles Huawei's SDK, and an installation loads some 30 MB. */
const TIMEOUT_MS = 10 * 60 * 1000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const INSTALLED = 'installed.txt';

const execute = promisify(execFile);

/**
 * A virtual environment with exactly the packages of a requirements file, made where it isn't there.
 * @returns its Python.
 * @throws saying what to install when the machine lacks Python's `venv`, or the package index.
 */
export async function preparePython(name: string, requirements: string): Promise<string> {
  const folder = join(FOLDER, name);
  const python = join(folder, 'bin', 'python');
  const wanted = await readFile(requirements, 'utf8');
  if ((await readFile(join(folder, INSTALLED), 'utf8').catch(() => '')) === wanted) return python;
  await rm(folder, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const explanation =
    `What ${requirements} names needs Python 3.9 or newer with its venv module ` +
    '(Debian: apt-get install -y python3-venv), and the Python package index or a mirror of it.';
  await run(explanation, 'python3', ['-m', 'venv', folder]);
  await run(explanation, python, ['-m', 'pip', 'install', '--quiet', '--no-input', '-r', requirements]);
  await copyFile(requirements, join(folder, INSTALLED));
  return python;
}

/**
 * Builds a Go program; Go itself knows what is up to date.
 * @returns the program.
 * @throws saying what to install when the machine lacks Go, or the module proxy.
 */
export async function prepareGo(name: string, folder: string, flags: readonly string[]): Promise<string> {
  const program = join(FOLDER, name);
  const explanation =
    'The suite of Huawei’s Go client needs Go 1.25 or newer on the PATH (https://go.dev/dl/), and the Go ' +
    'module proxy or a mirror of it (GOPROXY).';
  await mkdir(FOLDER, { recursive: true });
  await run(explanation, 'go', ['build', '-C', folder, ...flags, '-o', program, '.']);
  return program;
}

async function run(explanation: string, command: string, args: readonly string[]): Promise<void> {
  try {
    await execute(command, args, { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(`${explanation}\n${stderr}`, { cause: error });
  }
}
