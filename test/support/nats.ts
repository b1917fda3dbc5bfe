import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A NATS server for one suite. */
export interface TestNats {
  /** With its user and password. */
  url: string;
  stop(): Promise<void>;
}

/** It has a character that a URL has to write otherwise. */
const PASSWORD = 'p@ss';

/** Starts the system's `nats-server` on a free loopback port; who signs in with another password is refused. */
export async function startNats(): Promise<TestNats> {
  const server = spawn(
    'nats-server',
    ['--addr', '127.0.0.1', '--port', '-1', '--user', 'muster', '--pass', PASSWORD],
    { stdio: ['ignore', 'inherit', 'pipe'] },
  );
  const port = await portOf(server);
  return {
    url: `nats://muster:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    stop: async () => {
      const exit = once(server, 'exit');
      server.kill('SIGTERM');
      await exit;
    },
  };
}

/** Once it takes connections. */
async function portOf(server: ChildProcess & { stderr: NodeJS.ReadableStream }): Promise<string> {
  return await new Promise((resolve, reject) => {
    let output = '';
    let port = '';
    server.once('error', (cause) => {
      reject(new Error('Tests on NATS need nats-server: apt-get install nats-server', { cause }));
    });
    createInterface(server.stderr).on('line', (line) => {
      output += `${line}\n`;
      port = /client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? port;
      if (line.includes('Server is ready')) resolve(port);
    });
    server.once('close', () => {
      reject(new Error(`nats-server ended at once:\n${output}`));
    });
  });
}
