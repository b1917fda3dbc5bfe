import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const BYTES_PER_KIB = 1024;

/** A program of the benchmark, in a process of its own. */
export class BenchProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** The line that it said it was ready with. */
    readonly greeting: string,
  ) {}

  /** Starts a program and waits for the line that says it is ready. */
  static async start(
    words: readonly string[],
    options: { env?: NodeJS.ProcessEnv; greetsOn: 'stdout' | 'stderr'; greeting: RegExp },
  ): Promise<BenchProcess> {
    const child = spawn(process.execPath, words, {
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const other = options.greetsOn === 'stdout' ? child.stderr : child.stdout;
    other.resume();
    const lines = createInterface({ input: child[options.greetsOn] });
    const greeting = await new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        if (options.greeting.test(line)) resolve(line);
      });
      child.once('exit', (code) => {
        reject(new Error(`${words.join(' ')} ended with ${String(code)} before it was ready.`));
      });
    });
    return new BenchProcess(child, greeting);
  }

  /** Resident memory in bytes, as the kernel counts it. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${String(this.child.pid)}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * BYTES_PER_KIB;
  }

  /** Processor time used so far, in milliseconds. */
  async cpuMs(): Promise<number> {
    const stat = await readFile(`/proc/${String(this.child.pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return ticks * 10; // USER_HZ is 100 on Linux
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.stdin?.end();
    this.child.kill('SIGTERM');
    await exit;
  }
}
