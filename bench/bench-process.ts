import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const BYTES_PER_KIB = 1024;
const SAMPLE_MS = 100;

/** A program of the benchmark, in a process of its own. */
export class BenchProcess {
  private peakBytes = 0;
  private readonly sampler: NodeJS.Timeout;

  private constructor(
    private readonly child: ChildProcess,
    /** The line that it said it was ready with. */
    readonly greeting: string,
  ) {
    this.sampler = setInterval(() => void this.residentBytes().catch(() => undefined), SAMPLE_MS);
  }

  /** Starts a program and waits for the line that says it is ready. */
  static async start(
    words: readonly string[],
    options: { env?: NodeJS.ProcessEnv; greetsOn: 'stdout' | 'stderr'; greeting: RegExp },
  ): Promise<BenchProcess> {
    const child = spawn(process.execPath, words, {
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let lastWords = '';
    const other = options.greetsOn === 'stdout' ? child.stderr : child.stdout;
    other.on('data', (text: Buffer) => (lastWords = text.toString()));
    const lines = createInterface({ input: child[options.greetsOn] });
    const greeting = await new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        if (options.greeting.test(line)) resolve(line);
      });
      child.once('exit', (code) => {
        reject(new Error(`${words.join(' ')} ended with ${String(code)} before it was ready. ${lastWords}`));
      });
    });
    return new BenchProcess(child, greeting);
  }

  /** Resident memory in bytes, as the kernel counts it. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${String(this.child.pid)}/status`, 'utf8');
    const bytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * BYTES_PER_KIB;
    this.peakBytes = Math.max(this.peakBytes, bytes);
    return bytes;
  }

  /** The most that it had since the last call, looking ten times a second. */
  async takePeakBytes(): Promise<number> {
    await this.residentBytes();
    const peak = this.peakBytes;
    this.peakBytes = 0;
    return peak;
  }

  /** Processor time used so far, in milliseconds. */
  async cpuMs(): Promise<number> {
    const stat = await readFile(`/proc/${String(this.child.pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return ticks * 10; // USER_HZ is 100 on Linux
  }

  async stop(): Promise<void> {
    clearInterval(this.sampler);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.stdin?.end();
    this.child.kill('SIGTERM');
    await exit;
  }
}
