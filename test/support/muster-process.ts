import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { eventually } from './eventually.js';

const ROOT = new URL('../..', import.meta.url);

/** What a process logs when it is up. */
const READY = { api: 'API listening', worker: 'worker ready' };

/** A real process of Muster, to be killed. */
export class MusterProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Where it listens, if it is an API. */
    readonly url: string,
    /** Everything logged, a line each. */
    readonly logs: readonly string[],
  ) {}

  static async start(app: keyof typeof READY, environment: NodeJS.ProcessEnv): Promise<MusterProcess> {
    const child = spawn(
      process.execPath,
      ['--import=./scripts/run-typescript.mjs', `apps/${app}/src/main.ts`],
      { cwd: ROOT, env: { ...process.env, ...environment }, stdio: ['ignore', 'inherit', 'pipe'] },
    );
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    const ready = await eventually(`the ${app} process is up`, () => {
      if (child.exitCode !== null) throw new Error(`The ${app} process ended:\n${lines.join('\n')}`);
      return lines.find((line) => line.includes(READY[app]));
    });
    return new MusterProcess(child, /"url":"([^"]+)"/.exec(ready)?.[1] ?? '', lines);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
  }
}
