import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from './eventually.js';

const ROOT = join(import.meta.dirname, '../..');

/** What a finished command has written, and how it ended. */
export interface Finished {
  code: number | null;
  output: string;
  errors: string;
}

/** A command that runs. */
export interface Running {
  /** What it has written to the standard error so far. */
  errors(): string;
  /** What it has written to the standard output so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  finished: Promise<Finished>;
}

export interface CommandOptions {
  /** Instead of those that lead to the suite's Muster. */
  variables?: NodeJS.ProcessEnv;
  input?: string;
  cwd?: string;
}

/** The real `muster`, run as a user does: on the build, with a home and a folder of its own. */
export class MusterCommand {
  private constructor(
    readonly home: string,
    private readonly variables: NodeJS.ProcessEnv,
  ) {}

  /** Builds it first, unless nothing has changed. */
  static async prepare(variables: NodeJS.ProcessEnv): Promise<MusterCommand> {
    const setUp = spawn(process.execPath, ['scripts/setup.mjs'], { cwd: ROOT, stdio: 'inherit' });
    const [code] = (await once(setUp, 'exit')) as [number];
    if (code !== 0) throw new Error('The build has failed.');
    return new MusterCommand(await mkdtemp(join(tmpdir(), 'muster-cli-')), variables);
  }

  async remove(): Promise<void> {
    await rm(this.home, { recursive: true });
  }

  /** The words of a shell that run it. */
  get shellWords(): string {
    return `'${process.execPath}' '${join(ROOT, 'scripts/muster.mjs')}'`;
  }

  /** Runs it to its end. */
  async run(words: readonly string[], options: CommandOptions = {}): Promise<Finished> {
    return this.start(words, options).finished;
  }

  start(words: readonly string[], options: CommandOptions = {}): Running {
    return this.spawn(process.execPath, [join(ROOT, 'scripts/muster.mjs'), ...words], options);
  }

  /** Runs a script of bash to its end; `muster` is a command in it. */
  async bash(script: string, options: CommandOptions = {}): Promise<Finished> {
    const whole = `muster() { ${this.shellWords} "$@"; }\n${script}`;
    return this.spawn('bash', ['-c', whole], options).finished;
  }

  /**
   * Runs it on a terminal of 100 columns, as `script` makes one, on which both outputs are one. Once it has shown a
   * text, `act` does something, such as typing.
   */
  async onTerminal(
    words: string,
    shown: string,
    act: (type: (text: string) => void) => void,
  ): Promise<Omit<Finished, 'errors'>> {
    const line = `stty rows 20 cols 100; ${this.shellWords} ${words}`;
    const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      cwd: this.home,
      env: this.environment(),
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
    const closed = once(child, 'close');
    await eventually(`it shows "${shown}"`, () => output.includes(shown) || child.exitCode !== null);
    act((text) => child.stdin.write(text));
    const [code] = (await closed) as [number | null];
    return { code, output };
  }

  private spawn(
    program: string,
    words: readonly string[],
    { variables, input = '', cwd }: CommandOptions,
  ): Running {
    const child = spawn(program, words, {
      cwd: cwd ?? this.home,
      env: { ...this.environment(), ...variables },
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => (errors += part));
    // It need not read it.
    child.stdin.on('error', () => undefined).end(input);
    const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, output, errors }));
    return {
      errors: () => errors,
      output: () => output,
      kill: (signal) => child.kill(signal),
      finished,
    };
  }

  private environment(): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'], HOME: this.home, TERM: 'xterm', ...this.variables };
  }
}
