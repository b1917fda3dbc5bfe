import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from './embedded-postgres.js';
import { startMark } from './running-process.js';

/** Nothing here survives the machine. */
const FAST = { fsync: 'off', full_page_writes: 'off', shared_buffers: '16MB', max_connections: '10' };

const asRoot = process.getuid?.() === 0;

let folder: string;
let dataDirectory: string;
const started: EmbeddedPostgres[] = [];

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDirectory, settings: FAST, ...options });
  started.push(server);
  return server;
}

async function query(server: EmbeddedPostgres, sql: string, database = 'postgres'): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url(database) });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function serverProcess(): Promise<number> {
  const content = await readFile(join(dataDirectory, 'cluster', 'postmaster.pid'), 'utf8');
  return Number.parseInt(content, 10);
}

/** Starts the database in a process of its own and kills that with SIGKILL, as the kernel would. */
async function startAndKillOwner(): Promise<void> {
  const script = `
    const { startEmbeddedPostgres } = await import(process.argv[1]);
    const server = await startEmbeddedPostgres({ dataDirectory: process.argv[2], settings: ${JSON.stringify(FAST)} });
    await server.ensureDatabase('kept');
    console.log('started');
    setInterval(() => undefined, 1000);
  `;
  const root = join(import.meta.dirname, '../../../..');
  const source = join(import.meta.dirname, 'embedded-postgres.ts');
  const loader = join(root, 'scripts/run-typescript.mjs');
  const programArguments = [
    '--import',
    loader,
    '--input-type=module',
    '--eval',
    script,
    source,
    dataDirectory,
  ];
  const owner = spawn(process.execPath, programArguments, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(owner.stdout, 'data');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-embedded-postgres-'));
  // As root, the server's user must be able to enter.
  await chmod(folder, 0o711);
  dataDirectory = join(folder, 'database');
});

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('startEmbeddedPostgres', () => {
  it('creates data once and finds it again at the next start', async () => {
    const first = await start();
    expect(first.version).toMatch(/^18\./);
    await first.ensureDatabase('muster');
    await first.ensureDatabase('muster');
    await query(first, 'CREATE TABLE kept AS SELECT 1 AS one', 'muster');
    await first.stop();
    await first.stop();

    const second = await start();
    expect(await query(second, 'SELECT one FROM kept', 'muster')).toEqual([{ one: 1 }]);
  });

  it('serves the loopback address alone, wants the password and tells it to nobody, and sorts alike everywhere', async () => {
    const lines: string[] = [];
    const server = await start({ log: (line) => lines.push(line) });
    const settings = `SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets,
        current_setting('data_checksums') AS checksums, datlocprovider AS provider, datlocale AS locale
        FROM pg_database WHERE datname = 'postgres'`;
    expect(await query(server, settings)).toEqual([
      { addresses: '127.0.0.1', sockets: '', checksums: 'on', provider: 'b', locale: 'C.UTF-8' },
    ]);
    const wrong = new pg.Client({
      connectionString: server.url('postgres').replace(/:[^:@]+@/, ':wrong@'),
    });
    await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' });

    const password = decodeURIComponent(new URL(server.url('postgres')).password);
    expect((await stat(join(dataDirectory, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDirectory, 'cluster'))).mode & 0o077).toBe(0);
    expect((await stat(dataDirectory)).mode & 0o022).toBe(0);
    expect(lines.join()).not.toContain(password);
    expect(await readFile(join(dataDirectory, 'cluster', 'server.log'), 'utf8')).not.toContain(password);
  });

  it('stops the server that a killed Muster left behind, and goes on with its data', async () => {
    await startAndKillOwner();
    const orphan = await serverProcess();
    expect(await startMark(orphan)).toBeDefined();

    const lines: string[] = [];
    const server = await start({ log: (line) => lines.push(line) });
    expect(lines.join('\n')).toContain('Stopped the database of a Muster that ended');
    expect(await startMark(orphan)).toBeUndefined();
    expect(await query(server, `SELECT 1 AS one FROM pg_database WHERE datname = 'kept'`)).toHaveLength(1);
  });

  it('recovers from a crash of the server, even when its process id is another process by now', async () => {
    const first = await start();
    process.kill(await serverProcess(), 'SIGKILL');
    await first.stop();
    const file = join(dataDirectory, 'cluster', 'postmaster.pid');
    const [, ...rest] = (await readFile(file, 'utf8')).split('\n');
    // The test itself stands for the other process; PostgreSQL alone would refuse to start.
    await writeFile(file, [String(process.ppid), ...rest].join('\n'));

    const second = await start();
    expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('refuses a second Muster in the same folder, also when several start at once', async () => {
    const results = await Promise.allSettled([start(), start(), start()]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'already-running' });
    }
    await expect(start()).rejects.toMatchObject({
      code: 'already-running',
      message: expect.stringContaining(`process ${String(process.pid)}`),
    });
    await expect(removeEmbeddedPostgres(dataDirectory)).rejects.toMatchObject({ code: 'already-running' });
  });

  it('leaves data alone that it cannot use: of another version, or without its password', async () => {
    await (await start()).stop();
    const versionFile = join(dataDirectory, 'cluster', 'PG_VERSION');
    const version = await readFile(versionFile, 'utf8');
    await writeFile(versionFile, '17\n');
    const attempt = start();
    await expect(attempt).rejects.toMatchObject({ code: 'incompatible-version' });
    await expect(attempt).rejects.toThrow(/PostgreSQL 17, but this Muster brings PostgreSQL 18/);

    await writeFile(versionFile, version);
    await rm(join(dataDirectory, 'password'));
    await expect(start()).rejects.toMatchObject({ code: 'password-missing' });
    expect(await readdir(join(dataDirectory, 'cluster'))).toContain('base');
  });

  it('begins anew after a start that was killed while it created the data', async () => {
    await (await start()).stop();
    await rename(join(dataDirectory, 'cluster'), join(dataDirectory, 'cluster.new'));
    await truncate(join(dataDirectory, 'cluster.new', 'PG_VERSION'));
    await writeFile(
      join(dataDirectory, 'lock'),
      JSON.stringify({ pid: process.pid, startMark: 'another boot' }),
    );
    const server = await start();
    expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('says so when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({ code: 'port-in-use' });
    taken.close();
  });

  it('says so when it cannot write where the data should be', async () => {
    // Not even root can create folders in /sys.
    await expect(start({ dataDirectory: asRoot ? '/sys/muster' : '/muster' })).rejects.toMatchObject({
      code: 'not-writable',
    });
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(start({ dataDirectory: join(file, 'database') })).rejects.toThrow(
      /Cannot keep the database/,
    );
  });

  it('refuses settings that a shell would read', async () => {
    await expect(start({ settings: { work_mem: '4MB; touch /tmp/x' } })).rejects.toMatchObject({
      code: 'start-failed',
    });
    await expect(start({ settings: { '-c': 'x' } })).rejects.toMatchObject({ code: 'start-failed' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('deletes everything when asked to', async () => {
    const server = await start();
    await server.remove();
    expect(await readdir(folder)).toEqual([]);
  });
});

/** Only root can be another user. */
(asRoot ? describe : describe.skip)('as root', () => {
  it('runs the server as another user, with its data elsewhere when that one may not enter the folder', async () => {
    await chmod(folder, 0o700);
    const lines: string[] = [];
    const server = await start({ log: (line) => lines.push(line) });
    expect(server.location).toMatch(/^[/]var[/]lib[/]muster[/]/);
    expect(lines).toEqual([expect.stringContaining(server.location)]);
    expect((await stat(server.location)).mode & 0o022).toBe(0);
    expect((await stat(join(server.location, 'cluster'))).uid).not.toBe(0);
    await server.stop();

    const again = await start();
    expect(again.location).toBe(server.location);
    await again.remove();
    await expect(stat(server.location)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does not turn to an empty database when the way to the data is barred later', async () => {
    await (await start()).stop();
    await chmod(folder, 0o700);
    await expect(start()).rejects.toMatchObject({ code: 'not-writable' });
  });
});
