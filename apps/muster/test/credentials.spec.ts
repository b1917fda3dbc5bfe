import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AuditLogRepository, CredentialAdministration, Database } from '#database';
import { FULL_ACCESS, READ_ONLY } from '#domain';
import { parseKeyring, StartError, Vault } from '#platform';

import { TestMuster } from '../../../test/support/test-muster.js';
import { parseCommand } from '../src/credentials/command.js';
import { runCommand } from '../src/credentials/run-command.js';

const ROOT = new URL('../../..', import.meta.url);
const LIST = '/v1/vendor-account?limit=1';
const OTHER_MASTER_KEY = Buffer.alloc(32, 7).toString('base64');

interface Issued {
  kind: string;
  apiKey?: string;
  accessKey?: string;
  secretKey?: string;
  securityToken?: string;
}

let muster: TestMuster;
let folder: string;

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
  folder = await mkdtemp(join(tmpdir(), 'muster-credentials-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await muster.close();
});

/** Runs a command in this process, on the administration of the Muster that runs. */
async function run(...words: string[]): Promise<{ shown: string; notes: string[] }> {
  const notes: string[] = [];
  let shown = '';
  const command = parseCommand(words);
  if (command.verb === 'help') throw new Error('That is no command.');
  const tools = {
    administration: muster.api.app.get(CredentialAdministration),
    auditLog: muster.api.app.get(AuditLogRepository),
  };
  await runCommand(command, tools, {
    write: (part) => (shown += part),
    note: (line) => notes.push(line),
  });
  return { shown, notes };
}

async function runJson<T = Issued>(...words: string[]): Promise<T> {
  return JSON.parse((await run(...words, '--json')).shown) as T;
}

async function expectRefusal(words: string[], message: string): Promise<void> {
  const failure: unknown = await run(...words).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StartError);
  expect((failure as Error).message).toContain(message);
}

/** A real process, as `npm run credentials` starts it. */
async function runProcess(words: string[], environment: NodeJS.ProcessEnv) {
  const child = spawn(
    process.execPath,
    ['--import=./scripts/run-typescript.mjs', 'apps/muster/src/credentials/main.ts', ...words],
    { cwd: ROOT, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [output, errors] = [text(child.stdout), text(child.stderr)];
  const [exitCode] = (await once(child, 'exit')) as [number];
  return { exitCode, output: await output, errors: await errors };
}

const statusWith = async (apiKey: string) => (await muster.call('GET', LIST, { apiKey })).status;

describe('npm run credentials', () => {
  it('makes an API key that works at once, and shows it this once', async () => {
    const { shown } = await run('create', 'portal', '--kind', 'api-key');
    const [, apiKey] = /API key +(mk_\S+)/.exec(shown)!;
    expect(shown).toContain('Credential "portal" of tenant "default", full-access:');
    expect(shown).toContain('(shown only now)');
    expect(await statusWith(apiKey!)).toBe(200);
    expect((await run('list', '--all')).shown + (await run('list', '--json')).shown).not.toContain(apiKey);
  });

  it('makes a key pair of the form that Huawei’s clients know', async () => {
    const { shown } = await run('create', 'terraform', '--expires-in', '90d');
    expect(shown).toMatch(/Access key \(AK\) +[A-Z0-9]{20}\n +Secret key \(SK\) +[A-Za-z0-9]{40}\n/);
    const { accessKey, secretKey } = await runJson('create', 'terraform 2');
    expect(accessKey).toMatch(/^[A-Z0-9]{20}$/);
    expect(secretKey).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  it('makes a tenant, and says so', async () => {
    const { notes } = await run('create', 'first', '--tenant', 'team');
    expect(notes).toEqual(['The tenant "team" is new.']);
    expect((await run('create', 'second', '--tenant', 'team')).notes).toEqual([]);
    const listed = await runJson<{ tenant: string; name: string }[]>('list', '--tenant', 'team');
    expect(listed.map(({ tenant, name }) => [tenant, name])).toEqual([
      ['team', 'first'],
      ['team', 'second'],
    ]);
    await expectRefusal(['list', '--tenant', 'nobody'], 'there is no tenant "nobody": create makes one');
    await expectRefusal(['revoke', 'second'], 'tenant "default" has no credential "second"');
  });

  it('is in the tenant’s audit log, in the transaction of what it does', async () => {
    await run('create', 'watched', '--tenant', 'watched team');
    await run('temporary', 'watched', '--tenant', 'watched team');
    await run('rotate', 'watched', '--tenant', 'watched team');
    await run('policy', 'watched', '--tenant', 'watched team', '--policy', 'read-only');
    await run('revoke', 'watched', '--tenant', 'watched team');
    await expectRefusal(['revoke', 'watched', '--tenant', 'watched team'], 'has no credential "watched"');
    const { apiKey = '' } = await runJson(
      'create',
      'auditor',
      '--kind',
      'api-key',
      '--tenant',
      'watched team',
    );
    const { body } = await muster.call<{ data: Record<string, unknown>[] }>('GET', '/v1/audit-log?limit=9', {
      apiKey,
    });
    expect(body.data.map(({ action, targets, outcome }) => [action, targets, outcome]).reverse()).toEqual([
      ['muster:credential:create', ['watched'], 'SUCCEEDED'],
      ['muster:credential:createTemporary', ['watched'], 'SUCCEEDED'],
      ['muster:credential:rotate', ['watched'], 'SUCCEEDED'],
      ['muster:credential:setPolicy', ['watched'], 'SUCCEEDED'],
      ['muster:credential:revoke', ['watched'], 'SUCCEEDED'],
      ['muster:credential:revoke', ['watched'], 'FAILED'],
      ['muster:credential:create', ['auditor'], 'SUCCEEDED'],
    ]);
    for (const entry of body.data) {
      expect(entry).toMatchObject({ source: 'command', credential_id: null, status: null, path: null });
      expect(entry['actor']).toMatch(/^\S+@\S+$/);
    }
    const { rows } = await muster.sql.query(
      `SELECT s.xmin::text = e.xmin::text AS same
       FROM audit_entry e, api_credential c JOIN credential_secret s ON s.credential_id = c.id
       WHERE c.name = 'auditor' AND e.targets = '{auditor}'`,
    );
    expect(rows).toEqual([{ same: true }]);
  });

  it('refuses a name that is taken', async () => {
    await run('create', 'taken');
    await expectRefusal(
      ['create', 'taken', '--kind', 'api-key'],
      'tenant "default" has a credential "taken" already: rotate or revoke it',
    );
  });

  it('rotates: the old secret is void, or good for the overlap', async () => {
    const { apiKey: first = '' } = await runJson('create', 'rotated', '--kind', 'api-key');
    const { shown } = await run('rotate', 'rotated', '--overlap', '1h');
    const [, second = ''] = /(mk_\S+)/.exec(shown) ?? [];
    expect(shown).toMatch(/the old one is valid until 20/);
    expect((await run('list')).shown).toMatch(/rotated.* valid; old secret until 20/);
    expect([await statusWith(first), await statusWith(second)]).toEqual([200, 200]);
    const { apiKey: third = '' } = await runJson('rotate', 'rotated');
    const statuses = await Promise.all([first, second, third].map(statusWith));
    expect(statuses).toEqual([401, 401, 200]);
    await expectRefusal(['rotate', 'nobody'], 'no credential "nobody" that is not revoked');
  });

  it('revokes, by name or access key', async () => {
    const { apiKey = '' } = await runJson('create', 'revoked', '--kind', 'api-key');
    expect((await run('revoke', 'revoked')).shown).toBe(
      'Credential "revoked" of tenant "default" is revoked.\n',
    );
    expect(await statusWith(apiKey)).toBe(401);
    await expectRefusal(['revoke', 'revoked'], 'no credential "revoked" that is not revoked');
    const { accessKey = '' } = await runJson('create', 'revoked');
    await run('revoke', accessKey);
    expect((await run('list')).shown).not.toContain('revoked');
    expect((await run('list', '--all')).shown).toMatch(/ revoked .* revoked 20/);
  });

  it('makes temporary key pairs', async () => {
    await run('create', 'parent');
    const { shown } = await run('temporary', 'parent', '--expires-in', '30m');
    expect(shown).toMatch(/Secret key \(SK\) +\S{40}\n +Security token +\S{64}\n +Ends +20\d\d-/);
    const { kind, accessKey = '' } = await runJson('temporary', 'parent');
    expect(kind).toBe('temporary');
    await expectRefusal(['temporary', accessKey], 'is temporary');
    await expectRefusal(['rotate', accessKey], 'is temporary');
    await expectRefusal(['policy', accessKey, '--policy', 'read-only'], 'is temporary');
    await expectRefusal(['temporary', 'nobody'], 'no credential "nobody"');
    expect((await run('list')).shown.split(' temporary ').length).toBeGreaterThan(3);
    await run('revoke', 'parent');
    expect((await run('list')).shown).not.toContain(accessKey);
  });

  it('gives a policy, and changes it', async () => {
    const file = join(folder, 'policy.json');
    const policy = {
      Version: '5.0',
      Statement: [{ Effect: 'Allow', Action: ['coc:instance:list*', 'ecs:a:b'] }],
    };
    await writeFile(file, JSON.stringify(policy));
    const { notes } = await run('create', 'custom', '--policy', file);
    expect(notes).toEqual(['Muster has no such action: ecs:a:b']);
    const policies = async () =>
      (await runJson<{ name: string; policy: object }[]>('list')).find(({ name }) => name === 'custom')
        ?.policy;
    expect(await policies()).toEqual(policy);
    expect((await run('list')).shown).toMatch(/custom +│ access-key .* custom /);

    expect((await run('policy', 'custom', '--policy', 'read-only')).shown).toContain('read-only now');
    expect(await policies()).toEqual(READ_ONLY);
    expect((await run('list')).shown).toMatch(/custom +│ access-key .* read-only /);
    await run('policy', 'custom', '--policy', 'full-access');
    expect(await policies()).toEqual(FULL_ACCESS);

    await writeFile(file, '{"Version": "5.0"}');
    await expectRefusal(['policy', 'custom', '--policy', file], 'Statement must be a list of 1 to 100');
    await writeFile(file, '{');
    await expectRefusal(['policy', 'custom', '--policy', file], 'it is not JSON');
    await expectRefusal(['policy', 'custom', '--policy', 'readonly'], 'ENOENT');
    await expectRefusal(['policy', 'nobody', '--policy', 'read-only'], 'no credential "nobody"');
  });

  it('says nothing of secrets in its list', async () => {
    const { secretKey = '' } = await runJson('create', 'silent');
    const listed = (await run('list', '--all', '--json')).shown;
    expect(listed).toContain('silent');
    expect(listed).not.toContain(secretKey);
    expect(listed).not.toMatch(/hash|sealed/i);
  });

  it('runs beside Muster, as a process of its own', async () => {
    const { environment } = muster.settings;
    const created = await runProcess(['create', 'process', '--kind', 'api-key', '--json'], environment);
    expect({ ...created, output: '' }).toEqual({ exitCode: 0, output: '', errors: '' });
    const { apiKey = '' } = JSON.parse(created.output) as Issued;
    expect(await statusWith(apiKey)).toBe(200);
    expect(await runProcess(['revoke', 'process'], environment)).toMatchObject({ exitCode: 0 });
    expect(await statusWith(apiKey)).toBe(401);
    expect(await runProcess(['revoke', 'process'], environment)).toEqual({
      exitCode: 1,
      output: '',
      errors: 'muster: tenant "default" has no credential "process" that is not revoked\n',
    });
  });

  it('makes no key pair with another keyring than Muster’s, which would be of no use', async () => {
    await run('create', 'sealed');
    const database = new Database({
      url: muster.settings.configuration.database.url,
      poolSize: 1,
      applicationName: 'muster-test',
    });
    const other = new CredentialAdministration(database, new Vault(parseKeyring(`1:${OTHER_MASTER_KEY}`)));
    await expect(other.checkKeyring()).rejects.toThrow(
      new StartError(
        'MUSTER_KEYRING or MUSTER_KEYRING_FILE is not that of this database: A sealed secret does not open: it was changed, moved, or the master key is wrong.',
      ),
    );
    await database.close();
  });
});

describe('the first start', () => {
  it('makes an API key and a key pair, once', async () => {
    const fresh = await TestMuster.start({ workers: false });
    const administration = fresh.api.app.get(CredentialAdministration);
    await fresh.sql.query('DELETE FROM api_credential');

    const starts = await Promise.all(Array.from({ length: 4 }, () => administration.ensureFirst()));
    const shown = starts.filter((credentials) => credentials !== undefined);
    expect(shown).toHaveLength(1);
    const { apiKey = '', accessKey } = shown[0] ?? {};
    expect((await fresh.call('GET', LIST, { apiKey })).status).toBe(200);
    expect((await administration.list()).map(({ name, kind, accessKey: ak }) => [name, kind, ak])).toEqual([
      ['first', 'api-key', null],
      ['first-access-key', 'access-key', accessKey],
    ]);
    await fresh.close();
  });

  it('takes the API key that was chosen, in place of another, but none that was revoked', async () => {
    const fresh = await TestMuster.start({ workers: false });
    const administration = fresh.api.app.get(CredentialAdministration);
    const status = async (apiKey: string) => (await fresh.call('GET', LIST, { apiKey })).status;
    const chosen = 'chosen-by-the-user-1';

    expect(await administration.ensureFirst(chosen)).toBeUndefined();
    expect([await status(fresh.apiKey), await status(chosen)]).toEqual([401, 200]);
    await administration.ensureFirst(chosen);
    expect(await administration.list()).toHaveLength(1);

    const { id: tenantId } = await administration.ensureTenant('default');
    await administration.revoke({ tenantId, name: 'first' });
    await expect(administration.ensureFirst(chosen)).rejects.toThrow(
      new StartError('MUSTER_API_KEY is a key that was revoked: choose another, or leave it out'),
    );
    expect(await status(chosen)).toBe(401);
    await administration.ensureFirst('chosen-by-the-user-2');
    expect(await status('chosen-by-the-user-2')).toBe(200);
    await fresh.close();
  });
});
