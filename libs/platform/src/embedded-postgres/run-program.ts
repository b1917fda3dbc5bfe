import { spawn } from 'node:child_process';

import type { ServerUser } from './server-user.js';

/** How to run one of PostgreSQL's programs. */
export interface ProgramOptions {
  /** Whom to run it as; `undefined` for the user that runs Muster. */
  user: ServerUser | undefined;
  /** The working directory: one that the user may enter, unlike perhaps ours. */
  directory: string;
}

export interface ProgramResult {
  /** `null` when a signal ended it. */
  exitCode: number | null;
  /** Standard output and standard error, as they came. */
  output: string;
}

/**
 * The only variables that PostgreSQL gets: Muster's own may hold secrets, which a server would show in
 * `/proc/<pid>/environ`, and the user's `PG…` variables would bend what we ask for.
 */
const PASSED_ON = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'ComSpec', 'TEMP', 'TMP', 'TMPDIR'];

/** The largest output that is kept, in characters. */
const MAX_OUTPUT_CHARACTERS = 64 * 1024;

/** On Windows a server that `pg_ctl` started inherits our pipes, so that they close only when it ends. */
const END_EVENT = process.platform === 'win32' ? 'exit' : 'close';

/**
 * Runs a program to its end.
 * @throws a Node.js system error when it cannot be run at all (`ENOENT`, `EACCES`, `EPERM`…)
 */
export async function runProgram(
  file: string,
  programArguments: readonly string[],
  { user, directory }: ProgramOptions,
): Promise<ProgramResult> {
  const child = spawn(file, programArguments, {
    cwd: directory,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  let output = '';
  const collect = (chunk: string): void => {
    output = (output + chunk).slice(-MAX_OUTPUT_CHARACTERS);
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once(END_EVENT, (exitCode: number | null) => {
      resolve({ exitCode, output });
    });
  });
}

/** Messages in English, since we read them; times in UTC. */
function environment(): NodeJS.ProcessEnv {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passedOn), LC_ALL: 'C', TZ: 'UTC' };
}
