import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { eventually } from './eventually.js';

const ROOT = new URL('../..', import.meta.url);

/** What a process logs when it is up. */
const READY = { api: 'API listening', worker: 'worker ready' };
export type MusterApp = keyof typeof READY;

/** What of it is run: the sources, or what was built of them, as where Muster is installed. */
const WORDS = {
  sources: (app: MusterApp) => ['--import=./scripts/run-typescript.mjs', `apps/${app}/src/main.ts`],
  build: (app: MusterApp) => [`dist/apps/${app}/src/main.js`],
};

/** A real process of Muster, to be killed. */
export class MusterProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Where it listens, if it is an API. */
    readonly url: string,
    /** Everything logged, a line each. */
    readonly logs: readonly string[],
  ) {}

  static async start(
    app: MusterApp,
    environment: NodeJS.ProcessEnv,
    code: keyof typeof WORDS = 'sources',
  ): Promise<MusterProcess> {
    const child = spawn(process.execPath, WORDS[code](app), {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    const ready = await eventually(`the ${app} process is up`, () => {
      if (child.exitCode !== null) throw new Error(`The ${app} process ended:\n${lines.join('\n')}`);
      return lines.find((line) => line.includes(READY[app]));
    });
    return new MusterProcess(child, /"url":"([^"]+)"/.exec(ready)?.[1] ?? '', lines);
  }

  /** Where operators find metrics and probes of it; empty where they don't. */
  get operatorsUrl(): string {
    const line = this.logs.find((each) => each.includes('showing metrics and probes to operators')) ?? '';
    return /"url":"([^"]+)"/.exec(line)?.[1] ?? '';
  }

  /** Returns what it ended with: its exit code, or the signal that ended it. */
  async kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill(signal);
      await exit;
    }
    return this.child.exitCode ?? this.child.signalCode;
  }
}
