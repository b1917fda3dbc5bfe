import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { startEmbeddedPostgres } from '#platform';
import type { Listing } from '#vendor-kit';

import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import {
  pagesOf,
  scriptedAccount,
  type ScriptedConnection,
  ScriptedVendor,
} from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

const ROOT = join(import.meta.dirname, '..');
const COMMAND = ['--import=./scripts/run-typescript.mjs', 'apps/muster/src/vault/main.ts'];
const FAST = { fsync: 'off', full_page_writes: 'off', shared_buffers: '16MB', max_connections: '10' };

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command as `npm run vault` does, but for the set-up. */
async function vault(word: string, environment: NodeJS.ProcessEnv): Promise<Run> {
  return await new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...COMMAND, word],
      { cwd: ROOT, env: { ...process.env, ...environment } },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

const newEntry = (version: number) => `${version}:${randomBytes(32).toString('base64')}\n`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-vault-'));
  await chmod(folder, 0o711); // as root, the database's user must be able to enter
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('npm run vault, while Muster runs', () => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let keyringFile: string;

  beforeEach(async () => {
    keyringFile = join(folder, 'keyring');
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({ adapters: vendor.adapters, keyringFile });
  });
  afterEach(() => muster.close());

  const run = (word: string) => vault(word, muster.settings.environment);

  it('moves to a new master key without a restart, a new connection, or a failed sync', async () => {
    const held = { things: gate(), others: gate() };
    const seen: string[] = [];
    const note = ({ connection }: Listing<unknown>) => seen.push((connection as ScriptedConnection).sk);
    for (const [type, hold] of Object.entries(held)) {
      vendor.scripts[type] = pagesOf([['x'], ['y']], (page, listing) => {
        note(listing);
        return page === 1 ? hold.opened : undefined;
      });
    }
    vendor.scripts['more'] = pagesOf([['z']], (_page, listing) => void note(listing));
    await muster.addAccount(scriptedAccount('a'));
    const before = await muster.sql.query('SELECT update_time FROM vendor_account');
    const taskId = await muster.requestSync({ vendor: 'VMWARE' });
    await eventually('two units are at their second page', () => seen.length === 4);
    const { connects } = vendor;

    await appendFile(keyringFile, newEntry(2));
    expect(await run('status')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ *2 +0 +seals .*\n *1 +1 +to be moved to 2/m),
    });
    const rotated = await run('rotate');
    expect(rotated).toMatchObject({ code: 0, stderr: '' });
    expect(rotated.stdout).toMatch(/^Wrapped 1 secret with master key 2\.\n/);
    expect(rotated.stdout).toMatch(/^ *2 +1 +seals .*\n *1 +0 +not used any more/m);
    expect((await run('rotate')).stdout).toMatch(/^Wrapped 0 secrets/);
    const { data: entries } = await muster.client.get('/v1/audit-log', {
      params: { query: { limit: 9, action: 'muster:vault:rotate' } },
    });
    expect(entries.map(({ outcome }) => outcome)).toEqual(['SUCCEEDED', 'SUCCEEDED']);

    held.things.open();
    await eventually(
      'the third unit has used the connection that the second one holds',
      () => seen.length === 5,
    );
    expect(vendor.connects).toBe(connects);
    held.others.open();
    expect((await muster.finishedTask(taskId)).state).toBe('SUCCEEDED');
    expect((await muster.sql.query('SELECT update_time FROM vendor_account')).rows).toEqual(before.rows);

    // What is added now is sealed with the new key, and the old one can go.
    await muster.addAccount(scriptedAccount('b'));
    await writeFile(keyringFile, (await readFile(keyringFile, 'utf8')).split('\n')[1] ?? '');
    expect((await run('status')).stdout).toBe(
      'master key  secrets\n         2        2  seals what is written from now on\n',
    );
    expect((await muster.sync({ vendor: 'VMWARE' })).state).toBe('SUCCEEDED');
    expect(new Set(seen)).toEqual(new Set(['secret']));
  });

  it('says what it cannot open, by an exit code too, and shows no key', async () => {
    await muster.addAccount(scriptedAccount('a'));
    const lost = await readFile(keyringFile, 'utf8');
    const other = newEntry(2);
    await writeFile(keyringFile, other);

    const status = await run('status');
    expect(status.stdout).toMatch(/^ *1 +1 +not in the keyring/m);
    const rotated = await run('rotate');
    expect(rotated.code).toBe(1);
    expect(rotated.stdout).toMatch(
      /^ {2}vendor_account [-0-9a-f]{36}: A secret was sealed with master key 1/m,
    );
    for (const entry of [lost, other]) {
      const key = entry.trim().split(':')[1] ?? '';
      for (const { stdout, stderr } of [status, rotated]) expect(stdout + stderr).not.toContain(key);
    }
  });
});

describe('npm run vault, on the database of npm start', () => {
  it('joins the server that runs, and starts one for itself when none does', async () => {
    const options = { dataDirectory: join(folder, 'postgres'), settings: FAST };
    const environment = {
      DATABASE_URL: '',
      MUSTER_DATA_DIR: folder,
      MUSTER_KEYRING: '',
      MUSTER_KEYRING_FILE: '',
    };
    const empty = 'master key  secrets\n         1        0  seals what is written from now on\n';
    const running = await startEmbeddedPostgres(options);
    try {
      expect(await vault('status', environment)).toMatchObject({ code: 0, stdout: empty });
      await running.ensureDatabase('still-there');
    } finally {
      await running.stop();
    }
    expect(await vault('rotate', environment)).toMatchObject({
      code: 0,
      stdout: `Wrapped 0 secrets with master key 1.\n${empty}`,
    });
    const again = await startEmbeddedPostgres(options); // nobody holds the folder any more
    await again.stop();
  });

  it('says in one line what is wrong', async () => {
    const wrong = await vault('rotate', { DATABASE_URL: 'postgresql://127.0.0.1:1/x' });
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toMatch(
      /^muster: DATABASE_URL: Postgres at 127\.0\.0\.1:1 cannot be used: [^\n]*\n$/,
    );
    expect(await vault('rotat', {})).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^muster: say status or/),
    });
  });
});
