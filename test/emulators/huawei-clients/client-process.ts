import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type {
  ClientOptions,
  CocClient,
  CocFailure,
  CocSuccess,
  Operation,
} from '../../support/coc-client.js';

/** A client in its own language: a program that reads what to call and writes what came of it, a line each. */
export class ClientProcess implements CocClient {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private readonly complaints: string[] = [];

  constructor(command: string, args: readonly string[], options: ClientOptions) {
    this.child = spawn(command, args, { stdio: 'pipe' });
    createInterface({ input: this.child.stderr }).on('line', (line) => this.complaints.push(line));
    this.child.on('error', (error) => this.complaints.push(error.message));
    this.child.stdin.on('error', (error) => this.complaints.push(error.message));
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.write(options);
  }

  async call(operation: Operation, parameters: Record<string, unknown>): Promise<CocSuccess | CocFailure> {
    this.write({ operation, parameters });
    const answer = await this.answers.next();
    if (answer.done === true) throw new Error(`The client has ended:\n${this.complaints.join('\n')}`);
    return JSON.parse(answer.value) as CocSuccess | CocFailure;
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.stdin.end();
    await exited;
  }

  private write(line: object): void {
    this.child.stdin.write(`${JSON.stringify(line)}\n`);
  }
}

/** A client whose releases each have only a part of the operations. */
export class ClientOfReleases implements CocClient {
  /** @param releaseOf which of the releases has an operation */
  constructor(
    private readonly releases: readonly CocClient[],
    private readonly releaseOf: (operation: Operation) => CocClient,
  ) {}

  call(operation: Operation, parameters: Record<string, unknown>): Promise<CocSuccess | CocFailure> {
    return this.releaseOf(operation).call(operation, parameters);
  }

  async close(): Promise<void> {
    for (const release of this.releases) await release.close();
  }
}
