import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { READ_ONLY, SyncError } from '#domain';
import { startVsphereSimulator, type VsphereSimulator } from '#simulators';
import { VENDOR_REGISTRY } from '#vendors/registry';

import { issueApiKey } from '../apps/api/test/support/issue-credential.js';
import { eventsSettled } from './support/events-settled.js';
import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { type CommandOptions, type Finished, MusterCommand } from './support/muster-command.js';
import { Relay } from './support/relay.js';
import { failing, items, pagesOf, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';
import { vcenterAccount } from './support/vcenter-account.js';

const ROOT = join(import.meta.dirname, '..');
/** As long as a check takes on a busy machine. */
const CHECK_MS = 60_000;
const NO_SUCH_ID = '01a20bbc-f4e7-754b-91ab-f2fd48603cb1';
/** What somebody may call a server. */
const NASTY = ['@SUM(1,2)', 'a "quoted", name', 'red \u001b[31mname', '服务器'];

let muster: TestMuster;
let vcenter: VsphereSimulator;
let scripted: ScriptedVendor;
let command: MusterCommand;

beforeAll(async () => {
  scripted = new ScriptedVendor();
  vcenter = await startVsphereSimulator({ preset: 'demo', tls: true });
  // One vendor does as told, under the name of Alibaba Cloud; the others are the real ones.
  const told = async () => ({ ...(await scripted.adapters.VMWARE()), vendor: 'ALI' as const });
  muster = await TestMuster.start({ adapters: { ...VENDOR_REGISTRY, ALI: told }, accountCheckMs: CHECK_MS });
  command = await MusterCommand.prepare({ MUSTER_URL: muster.api.url, MUSTER_API_KEY: muster.apiKey });
  await writeFile(join(command.home, 'sk'), `${vcenter.password}\n`);
  const settings = { endpoint: vcenter.url, tls_fingerprint_sha256: vcenter.fingerprintSha256 };
  await writeFile(join(command.home, 'settings.json'), JSON.stringify(settings));
});

beforeEach(() => {
  for (const type of Object.keys(scripted.scripts)) Reflect.deleteProperty(scripted.scripts, type);
  scripted.scripts['disks'] = pagesOf([NASTY]);
  scripted.connectError = undefined;
});

afterAll(async () => {
  await muster.close();
  await vcenter.close();
  await command.remove();
});

/** Runs words that are separated by blanks. */
async function run(words: string, options: CommandOptions = {}): Promise<Finished> {
  return command.run(words.split(' ').filter(Boolean), options);
}

/** Runs it, and takes it as done. */
async function done(words: string, options: CommandOptions = {}): Promise<string> {
  const { code, output, errors } = await run(words, options);
  expect([code, errors]).toEqual([0, expect.any(String)]);
  return output;
}

/** Runs it with JSON as its result. */
async function read<Result>(words: string): Promise<Result> {
  return JSON.parse(await done(`${words} --output json`)) as Result;
}

let accounts = 0;

/** A new account of the vendor that does as told. */
async function toldAccount(): Promise<string> {
  accounts += 1;
  const id = `told-${String(accounts)}`;
  await done(`accounts add ALI ${id} --ak user --sk-file -`, { input: 'secret' });
  return id;
}

describe('accounts', () => {
  afterEach(async () => {
    for (const { id, vendor } of await muster.listAccounts()) {
      if (vendor === 'VMWARE') await muster.removeAccount(id);
    }
  });

  const ADD = 'accounts add vmware vc --ak USER --settings settings.json';
  /** Adds it by the simulator's user. */
  const adding = (words: string) => `${ADD.replace('USER', vcenter.username)} ${words}`;

  it('are added, listed, shown, verified and removed', async () => {
    const id = (await done(adding('--sk-file sk'))).trim();
    const [account] = await muster.listAccounts('vc');
    expect(account).toMatchObject({ id, vendor: 'VMWARE', account_name: 'vc', sync_status: 'success' });
    expect(await done('accounts')).toMatch(/^VENDOR .*\n.*VMWARE +vc +vc +success/);
    expect(await read('accounts list VMWARE')).toEqual([account]);
    expect(await read('accounts show VMWARE vc')).toEqual(account);
    expect(await read('accounts verify VMWARE vc')).toMatchObject({ status: 'success' });
    const refused = { code: 2, errors: expect.stringContaining('Say --yes') };
    expect(await run('accounts remove VMWARE vc')).toMatchObject(refused);
    expect(await muster.listAccounts('vc')).toHaveLength(1);
    await done('accounts remove VMWARE vc --yes');
    expect(await muster.listAccounts('vc')).toEqual([]);
  });

  it('are added with the secret of the standard input, or of a variable', async () => {
    await done(adding('--sk-file -'), { input: `${vcenter.password}\r\n` });
    await done(adding('--sk-env VCENTER_SK').replace(' vc ', ' vc-2 '), {
      variables: { VCENTER_SK: vcenter.password },
    });
    for (const id of ['vc', 'vc-2']) {
      expect(await muster.listAccounts(id)).toMatchObject([{ sync_status: 'success' }]);
    }
  });

  it('are added with settings and a connector in YAML, of which what is wrong is told by line', async () => {
    const text = "# the lab's own list\nversion: 1\nsource: push\nstates: { parked: suspended }\n";
    await writeFile(join(command.home, 'lab.yaml'), text);
    await writeFile(join(command.home, 'lab.json'), '{ "max_concurrent_units": 2 }');
    const add = 'accounts add other lab --ak - --sk-env KEY --settings lab.json --connector';
    const variables = { KEY: 'unused' };
    const unread = await run(`${add} -`, { variables, input: 'version: 1\n source: push\n' });
    expect(unread).toMatchObject({ code: 2, errors: expect.stringContaining('read as YAML in line 2: ') });
    await done(`${add} lab.yaml`, { variables });
    const [account] = await muster.listAccounts('lab');
    expect(account?.settings).toEqual({
      connector: { version: 1, source: 'push', states: { parked: 'suspended' } },
      max_concurrent_units: 2,
    });
    const twice = await run(`${add} - --sk-file -`, { variables });
    expect(twice).toMatchObject({ code: 2, errors: expect.stringContaining('only one of --settings, ') });
    await done('accounts remove other lab --yes');
  });

  it('are told from those with wrong credentials', async () => {
    await writeFile(join(command.home, 'wrong'), 'nonsense');
    const { code, errors } = await run(`${ADD} --sk-file wrong`);
    expect([code, errors]).toEqual([0, expect.stringContaining('It is added, but ')]);
    const { code: verified, output } = await run('accounts verify VMWARE vc');
    expect([verified, output]).toEqual([1, expect.stringMatching(/^status +failed\nkind +credentials\n/)]);
  });

  it('are changed in what is given, and tried with it; the rest stays', async () => {
    await writeFile(join(command.home, 'wrong'), 'nonsense');
    const id = await done(adding('--sk-file wrong'));
    expect(await done('accounts change vmware vc --sk-file -', { input: `${vcenter.password}\n` })).toBe(id);
    const [before] = await muster.listAccounts('vc');
    expect(before).toMatchObject({ sync_status: 'success', account_name: 'vc' });
    expect(await run('accounts change vmware vc --name London')).toMatchObject({ code: 0, errors: '' });
    const [named] = await muster.listAccounts('vc');
    expect(named).toEqual({ ...before, account_name: 'London', update_time: expect.any(String) });
    const { code, errors } = await run('accounts change vmware vc --ak nobody');
    expect([code, errors]).toEqual([0, expect.stringContaining('It is changed, but ')]);
    expect(await muster.listAccounts('vc')).toMatchObject([{ ak: 'nobody', account_name: 'London' }]);
    const answered = await command.onTerminal(
      `accounts change vmware vc --ak ${vcenter.username} --sk-ask`,
      'Secret (sk): ',
      (type) => type(`${vcenter.password}\r`),
    );
    expect(answered).toEqual({ code: 0, output: `Secret (sk): \r\n${id.trim()}\r\n` });
    expect(await muster.listAccounts('vc')).toMatchObject([{ sync_status: 'success' }]);
  });

  it('have all settings changed by a file, and a connector beside the others', async () => {
    await writeFile(join(command.home, 'lab.yaml'), 'version: 1\nsource: push\n');
    await writeFile(join(command.home, 'lab.json'), '{ "max_concurrent_units": 2 }');
    const variables = { KEY: 'unused' };
    await done('accounts add other lab --ak - --sk-env KEY --settings lab.json --connector lab.yaml', {
      variables,
    });
    const settings = async () => (await muster.listAccounts('lab'))[0]?.settings;
    const connector = { version: 1, source: 'push', states: { parked: 'suspended' } };
    const text = 'version: 1\nsource: push\nstates: { parked: suspended }\n';
    await done('accounts change other lab --connector -', { input: text });
    expect(await settings()).toEqual({ connector, max_concurrent_units: 2 });
    await done('accounts change other lab --settings -', { input: JSON.stringify({ connector }) });
    expect(await settings()).toEqual({ connector });
    await done('accounts remove other lab --yes');
  });

  it.each([
    ['', 'Give --name, --ak, '],
    ['--sk hunter2', 'a secret is no argument'],
    ['--sk-ask', 'there is no terminal to ask for it'],
    ['--sk-ask --sk-env X', 'give --sk-ask, or the secret by another option'],
    ['--settings - --sk-file -', 'only one of --settings, '],
    ['--settings wrong', 'the settings in wrong are no JSON'],
  ])('are not changed by "%s"', async (words, message) => {
    await writeFile(join(command.home, 'wrong'), 'nonsense');
    await done(adding('--sk-file sk'));
    const [before] = await muster.listAccounts('vc');
    const { code, errors } = await run(`accounts change VMWARE vc ${words}`);
    expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
    expect(errors).not.toContain('hunter2');
    expect(await muster.listAccounts('vc')).toEqual([before]);
  });

  it('are not added with a secret among the arguments, and it is not repeated', async () => {
    const { code, output, errors } = await run(`${ADD} --sk hunter2`);
    expect([code, output]).toEqual([2, '']);
    expect(errors).toContain('a secret is no argument');
    expect(errors).not.toContain('hunter2');
    expect(await muster.listAccounts('vc')).toEqual([]);
  });

  it.each([
    ['', 'there is no terminal to ask for it'],
    ['--sk-file missing', 'cannot read missing: ENOENT'],
    ['--sk-env NO_SUCH_VARIABLE', 'is empty'],
    ['--sk-file sk --sk-env X', 'not both'],
  ])('need a secret: "%s"', async (words, message) => {
    expect(await run(`${ADD} ${words}`)).toMatchObject({ code: 2, errors: expect.stringContaining(message) });
  });

  it('have their secret asked for on a terminal, and not shown', async () => {
    const answered = await command.onTerminal(adding(''), 'Secret (sk): ', (type) =>
      type(`${vcenter.password}\r`),
    );
    expect(answered).toEqual({
      code: 0,
      output: expect.stringMatching(/^Secret \(sk\): \r\n[0-9a-f-]{36}\r\n$/),
    });
    expect(await muster.listAccounts('vc')).toMatchObject([{ sync_status: 'success' }]);
    const interrupted = await command.onTerminal(ADD, 'Secret (sk): ', (type) => type('\u0003'));
    expect(interrupted).toEqual({ code: 130, output: 'Secret (sk): \r\n' });
  });
});

describe('a sync', () => {
  it('tells the id of its task alone, and its task can be shown, watched and listed', async () => {
    const account = await toldAccount();
    const task = (await done(`sync ALI ${account}`)).trim();
    expect(await run(`tasks watch ${task}`)).toMatchObject({
      code: 0,
      output: expect.stringMatching(new RegExp(`^task_id +${task}\n(.*\n)*state +SUCCEEDED\n`)),
      errors: expect.stringMatching(
        /^The scope disks SUCCEEDED 4 seen, 4 created.*\n█{20} 1\/1 units · 4 resources · SUCCEEDED\n$/m,
      ),
    });
    expect(await read(`tasks show ${task}`)).toEqual(await muster.showTask(task));
    expect(await done(`tasks list ALI ${account}`)).toMatch(
      new RegExp(`^TASK ID .*\n${task} +ALI +${account} +SUCCEEDED`),
    );
    expect(await read(`tasks list ALI ${account} --state FAILED --since 1h`)).toEqual([]);
    expect(await read(`tasks list ali ${account} --state failed --state succeeded --since 1h`)).toHaveLength(
      1,
    );
    const coverage = await done(`accounts show ALI ${account} --coverage -o csv`);
    expect(coverage).toMatch(/^scope,type,outcome,.*\r\nThe scope,disks,complete,.*,4\r\n$/);
  });

  it('is PARTIAL with 3, FAILED with 1, and says why; what failed is retried', async () => {
    const account = await toldAccount();
    const denied = new SyncError('permission', 'Not for you.', { vendorCode: 'Denied' });
    scripted.scripts['volumes'] = failing(denied);
    const partial = await run(`sync ALI ${account} --watch`);
    expect(partial).toMatchObject({
      code: 3,
      output: expect.stringMatching(/not the whole truth:\n.*scope volumes: .*Not for you\..*\n/),
    });
    const [task] = await read<{ task_id: string }[]>('tasks --limit 1');
    expect(await done(`tasks units ${task?.task_id ?? ''}`)).toMatch(/volumes +FAILED.*Not for you\./);
    Reflect.deleteProperty(scripted.scripts, 'disks');
    expect(await run(`sync ALI ${account} --watch -q -o jsonl`)).toMatchObject({
      code: 1,
      output: expect.stringContaining('"state":"FAILED"'),
      errors: '',
    });
    scripted.scripts['volumes'] = pagesOf([items('v', 2)]);
    const [failed] = await read<{ task_id: string }[]>('tasks --limit 1');
    expect(await run(`tasks retry ${failed?.task_id ?? ''} --watch`)).toMatchObject({ code: 0 });
    const { code, errors } = await run(`tasks retry ${failed?.task_id ?? ''}`);
    expect([code, errors]).toEqual([1, expect.stringContaining('(COC.00101204)')]);
  });

  it('is planned without being done', async () => {
    const account = await toldAccount();
    scripted.scripts['volumes'] = pagesOf([items('planned', 2)]);
    const plan = await done(`sync ALI ${account} --plan -q -o csv`);
    expect(plan).toMatch(
      new RegExp(`^account_id,.*\r\n(.*\r\n)?${account},The scope,volumes,SUCCEEDED,2,0,0,0,0,`),
    );
    expect(await done('resources ALI --type volumes --name planned0 -q')).toBe('');
    const [task] = await read<{ task_id: string }[]>('tasks --limit 1');
    expect(await done(`tasks plan ${task?.task_id ?? ''} -o csv`)).toBe(plan);
  });

  describe('that takes its time', () => {
    let held: ReturnType<typeof gate>;
    let account: string;
    let relay: Relay;

    beforeEach(async () => {
      account = await toldAccount();
      held = gate();
      scripted.scripts['disks'] = pagesOf([items('d', 2), items('e', 2)], (page) =>
        page === 0 ? undefined : held.opened,
      );
      relay = new Relay(new URL(muster.api.url));
      await relay.open();
    });

    afterEach(async () => {
      held.open();
      await relay.close();
    });

    it('is followed through a restart of Muster', async () => {
      const watching = command.start(['sync', 'ALI', account, '--watch'], {
        variables: { MUSTER_URL: relay.url },
      });
      await eventually('it is being watched', () => watching.errors().includes('RUNNING'));
      await relay.close();
      await eventually('it has noticed', () => watching.errors().includes('Muster cannot be reached'));
      held.open();
      await relay.open();
      const { code, errors } = await watching.finished;
      expect([code, errors]).toEqual([0, expect.stringContaining('trying again')]);
      expect(errors).toMatch(/SUCCEEDED\n$/);
      expect(errors.match(/trying again/g)).toHaveLength(1);
    });

    it('goes on when the watching is ended by Ctrl-C, and is cancelled by its command', async () => {
      const watching = command.start(['sync', 'ALI', account, '--watch']);
      await eventually('it is being watched', () => watching.errors().includes('RUNNING'));
      watching.kill('SIGINT');
      const { code, output, errors } = await watching.finished;
      expect([code, output]).toEqual([130, '']);
      const [, task = ''] = /The sync goes on\. .*muster tasks watch (\S+) /.exec(errors) ?? [];
      expect(await muster.showTask(task)).toMatchObject({ state: 'RUNNING' });
      expect(await done(`tasks cancel ${task}`)).toBe(`${task}\n`);
      expect(await run(`tasks watch ${task} -q`)).toMatchObject({
        code: 1,
        output: expect.stringMatching(/state +CANCELLED/),
      });
    });

    it('is shown by bars in their place on a terminal', async () => {
      const { code, output } = await command.onTerminal(`sync ALI ${account} --watch`, '2 seen', () =>
        held.open(),
      );
      expect(code).toBe(0);
      expect(output).toMatch(
        /░{20} 0\/1 units · 2 resources · RUNNING\r\n·{20} The scope disks RUNNING 2 seen/,
      );
      const full = '█'.repeat(20);
      expect(output).toContain(
        `\u001b[2A\u001b[J${full} 1/1 units · 4 resources · SUCCEEDED\r\n${full} The scope disks SUCCEEDED`,
      );
    });
  });
});

describe('deletions that are held back', () => {
  let account: string;
  let task: string;
  let unit: string;

  beforeEach(async () => {
    account = await toldAccount();
    scripted.scripts['disks'] = pagesOf([items('d', 20)]);
    await done(`sync ALI ${account} --watch -q`);
    scripted.scripts['disks'] = pagesOf([items('d', 3)]);
    expect(await run(`sync ALI ${account} --watch -q`)).toMatchObject({ code: 3 });
    const [held, ...others] = await read<{ task_id: string; unit_id: string }[]>(`deletions ALI ${account}`);
    expect(others).toEqual([]);
    task = held?.task_id ?? '';
    unit = held?.unit_id ?? '';
  });

  afterEach(async () => {
    await done(`accounts remove ALI ${account} --yes`);
  });

  it('are listed until the type is listed again, and shown', async () => {
    expect(await read('deletions')).toEqual([
      {
        vendor: 'ALI',
        account_id: account,
        scope: 'The scope',
        type: 'disks',
        seen: 3,
        held_deletes: 17,
        finished_at: expect.any(String),
        task_id: task,
        unit_id: unit,
      },
    ]);
    expect(await read('deletions list VMWARE')).toEqual([]);
    const csv = await done('deletions list ali -o csv');
    expect(csv).toMatch(/^vendor,account_id,scope,type,seen,held_deletes,finished_at,task_id,unit_id\r\n/);
    expect(await done(`deletions show ${task} ${unit}`)).toMatch(
      /^id +.*state +PRUNE_HELD\n.*held_deletes +17\n/s,
    );
    expect(await run(`deletions show ${task} ${NO_SUCH_ID}`)).toMatchObject({
      code: 1,
      errors: expect.stringContaining(`muster tasks units ${task}`),
    });
    scripted.scripts['disks'] = pagesOf([items('d', 20)]);
    await done(`sync ALI ${account} --watch -q`);
    expect(await read('deletions')).toEqual([]);
    expect(await run(`deletions approve ${task} ${unit}`)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/\(COC\.00101206\)\n.*muster deletions list\n/),
    });
  });

  it('are approved, and undone', async () => {
    const approved = await run(`deletions approve ${task} ${unit}`);
    expect(approved).toMatchObject({
      code: 0,
      output: `unit_id   ${unit}\ndecision  approve\ndeleted   17\n`,
      errors: expect.stringContaining(`muster deletions undo ${task} ${unit}`),
    });
    const undoing = approved.errors.slice(approved.errors.indexOf('deletions undo')).trim();
    expect(await read(undoing)).toEqual({ unit_id: unit, restored: 17 });
    expect(await read(`deletions show ${task} ${unit}`)).toMatchObject({
      account_id: account,
      prune_decision: { decision: 'approve' },
      prune_undo: { restored: 17 },
    });
    expect(await run(undoing)).toMatchObject({ code: 1, errors: expect.stringContaining('COC.00101208') });
  });

  it('are rejected', async () => {
    expect(await read(`deletions reject ${task} ${unit}`)).toMatchObject({ decision: 'reject', deleted: 0 });
    expect(await read('deletions')).toEqual([]);
    expect(await muster.showTask(task)).toMatchObject({ state: 'SUCCEEDED' });
  });
});

describe('the inventory', () => {
  let task: string;

  beforeAll(async () => {
    scripted.scripts['disks'] = pagesOf([NASTY]);
    const account = await toldAccount();
    await muster.addAccount(
      vcenterAccount(vcenter, 'vc-list', { tls_fingerprint_sha256: vcenter.fingerprintSha256 }),
    );
    task = (await muster.sync({ vendor: 'ALI', account_id: account })).task_id;
    expect(await muster.sync({ vendor: 'VMWARE' })).toMatchObject({ state: 'SUCCEEDED' });
  });

  it('is listed as the API has it, page by page, in JSON and JSON Lines', async () => {
    const all = await muster.listAll('VMWARE');
    expect(all).toHaveLength(300);
    expect(await read('resources VMWARE')).toEqual(all);
    const lines = (await done('resources list vmware -o jsonl')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(all);
    expect(await read('resources VMWARE --limit 7')).toEqual(all.slice(0, 7));
    expect(await read('resources AWS')).toEqual([]);
    const hosts = all.filter(({ type, region_id: region }) => type === 'hosts' && region === 'London');
    expect(await read('resources VMWARE --type hosts --region London')).toEqual(hosts);
    expect(await done('resources count')).toBe(`${String(300 + (await muster.listAll('ALI')).length)}\n`);
    expect(await read(`resources show ${all[0]?.id ?? ''}`)).toMatchObject({
      ...all[0],
      status: expect.any(String),
    });
  });

  it('is a table in which no name moves the cursor, aligned for wide characters', async () => {
    const table = await done(`changes --task ${task}`);
    expect(table).not.toContain('\u001b');
    expect(table).toMatch(/CREATED {2}disks {2}red \uFFFD\[31mname {2} +red/);
    expect(table).toMatch(/CREATED {2}disks {2}服务器 {12}服务器/);
  });

  it('is CSV that no spreadsheet runs', async () => {
    const csv = await done(`changes --task ${task} -o csv`);
    expect(csv).toMatch(/^at,kind,type,name,resource_id,patch,id,cmdb_resource_id,task_id,unit_id\r\n/);
    expect(csv).toMatch(/,CREATED,disks,"'@SUM\(1,2\)","'@SUM\(1,2\)",/);
    expect(csv).toMatch(/,CREATED,disks,"a ""quoted"", name",/);
  });

  it('ends quietly when its reader leaves', async () => {
    const { output, errors } = await command.bash(
      'muster resources VMWARE -o jsonl | head -1 | cut -c1-6; echo "${PIPESTATUS[@]}"',
    );
    expect([output, errors]).toEqual(['{"id":\n141 0 0\n', '']);
  });

  it('has the changes of a resource', async () => {
    const [first] = await muster.listAll('VMWARE');
    expect(await read(`changes --resource ${first?.id ?? ''}`)).toMatchObject([{ kind: 'CREATED' }]);
    for (const [options, words] of [
      [`--task ${task} --resource 1`, '--task TASK or --resource'],
      [`--task ${task} --after 1`, '--after is for all changes'],
      ['--resource 1 --follow', '--follow is for all changes'],
      ['--follow -o json', 'Take --output jsonl'],
    ]) {
      expect(await run(`changes ${options ?? ''}`)).toMatchObject({
        code: 2,
        errors: expect.stringContaining(words ?? ''),
      });
    }
  });

  it('has all changes, and those behind one', async () => {
    await eventsSettled(muster.sql);
    const all = await read<{ id: string }[]>('changes --limit 300');
    expect(all).toHaveLength(300);
    const after = all[297]?.id ?? '';
    expect((await read<{ id: string }[]>(`changes --after ${after} --limit 2`)).map(({ id }) => id)).toEqual(
      all.slice(298).map(({ id }) => id),
    );
    expect(await read(`changes --after ${all[299]?.id ?? ''}`)).not.toEqual([]);
  });
});

describe('changes that are followed', () => {
  const idsIn = (lines: string) =>
    lines
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { id: string }).id);
  const latest = async () => (await read<{ id: string }[]>('changes')).at(-1)?.id ?? '';

  it('come through restarts of Muster and of the command, each once', async () => {
    const account = await toldAccount();
    const sync = async () => muster.sync({ vendor: 'ALI', account_id: account });
    await sync();
    await eventsSettled(muster.sql);
    const start = await latest();
    const relay = new Relay(new URL(muster.api.url));
    await relay.open();
    const variables = { MUSTER_URL: relay.url };
    const words = ['changes', '--follow', '-o', 'jsonl', '--after'];
    const following = command.start([...words, start], { variables });
    scripted.scripts['volumes'] = pagesOf([['one', 'two']]);
    await sync();
    await eventually('they come', () => idsIn(following.output()).length === 2);
    await relay.close();
    await eventually('it has noticed', () => following.errors().includes('trying again'));
    scripted.scripts['volumes'] = pagesOf([['one', 'two', 'three']]);
    await sync();
    await relay.open();
    await eventually('what came meanwhile comes', () => idsIn(following.output()).length === 3);
    following.kill('SIGINT');
    const first = await following.finished;
    await relay.close();
    expect(first.code).toBe(130);
    expect(first.errors.match(/trying again/g)).toHaveLength(1);

    const [, marker = ''] = /To go on: muster changes --follow --after (\S+)\n$/.exec(first.errors) ?? [];
    scripted.scripts['volumes'] = pagesOf([['one', 'two', 'three', 'four']]);
    await sync();
    const second = await done(`${words.join(' ')} ${marker} --limit 1`);
    await eventsSettled(muster.sql);
    const all = (await read<{ id: string }[]>(`changes --after ${start}`)).map(({ id }) => id);
    expect(all).toHaveLength(4);
    expect([...idsIn(first.output), ...idsIn(second)]).toEqual(all);
  });

  it('begin now, and come as rows', async () => {
    const account = await toldAccount();
    await eventsSettled(muster.sql);
    const following = command.start(['changes', '--follow', '--limit', '1', '--after', 'latest']);
    // Nothing says that it has begun: so there are changes until it has seen one.
    const began = eventually('it comes', async () => {
      scripted.scripts['disks'] = pagesOf([[`n${String(Math.random())}`]]);
      await muster.sync({ vendor: 'ALI', account_id: account });
      return following.output().includes('disks');
    });
    const { code, output } = await following.finished;
    await began;
    expect([code, output]).toEqual([0, expect.stringMatching(/^AT .*\n.* (CREATED|DELETED) +disks .*\n$/)]);
  });

  it('are refused behind a marker that is none, with what to do', async () => {
    expect(await run('changes --follow --after AAAAAAAAAAAAAAAAAAAAAA')).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/\(COC\.00101501\)\n.*--after latest\n/),
    });
  });
});

describe('webhooks', () => {
  let receiver: Server;
  let url: string;
  let status: number;

  beforeAll(async () => {
    receiver = createServer((_request, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    url = `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/hook`;
  });

  beforeEach(() => {
    status = 204;
  });

  afterAll(() => {
    receiver.closeAllConnections();
    receiver.close();
  });

  it('are added, listed, shown, changed, paused, resumed and removed', async () => {
    const id = (await done(`webhooks add CMDB --url ${url} --type task.finished --type prune.held`)).trim();
    const added = { id, name: 'CMDB', url, types: ['task.finished', 'prune.held'], paused: false };
    expect(await read('webhooks')).toMatchObject([added]);
    expect(await done('webhooks list')).toMatch(
      /^ID +NAME .*\n.* CMDB +http:.* task.finished prune.held +false/,
    );
    expect(await done(`webhooks change ${id} --name Other`)).toBe(`${id}\n`);
    expect(await read(`webhooks show ${id}`)).toMatchObject({ ...added, name: 'Other' });
    await done(`webhooks change ${id} --all-types --url-file -`, { input: `${url}?key=k\n` });
    const changed = { ...added, name: 'Other', url: `${url}?key=k`, types: [] };
    expect(await read(`webhooks show ${id}`)).toMatchObject(changed);
    await done(`webhooks pause ${id}`);
    expect(await read('webhooks')).toMatchObject([{ ...changed, paused: true }]);
    expect(await done(`webhooks resume ${id} -o jsonl`)).toBe(`{"id":"${id}"}\n`);
    expect(await read('webhooks')).toMatchObject([changed]);
    expect(await done(`webhooks remove ${id}`)).toBe(`${id}\n`);
    expect(await run(`webhooks show ${id}`)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/\(COC\.00101601\)\n.*muster webhooks list\n/),
    });
  });

  it('have a secret that is told, and rotated', async () => {
    const id = (await done(`webhooks add CMDB --url ${url}`)).trim();
    const secret = await done(`webhooks secret ${id}`);
    expect(secret).toMatch(/^whsec_\S+\n$/);
    expect(await done(`webhooks rotate ${id}`)).toMatch(/^former_secret_until {2}2\d{3}-.*\n$/);
    expect(await done(`webhooks secret ${id}`)).not.toBe(secret);
    expect(await read(`webhooks rotate ${id} --overlap 0s`)).toEqual({ former_secret_until: null });
    await done(`webhooks remove ${id}`);
  });

  it('have what they never took listed, and sent again', async () => {
    status = 500;
    const variables = { HOOK_URL: url };
    const id = (
      await done('webhooks add CMDB --url-env HOOK_URL --type task.finished', { variables })
    ).trim();
    await muster.sync({ vendor: 'ALI', account_id: await toldAccount() });
    const shown = async () => read<{ dead_letters: number }>(`webhooks show ${id}`);
    await eventually('it is given up', async () => (await shown()).dead_letters === 1);
    const [letter] = await read<{ id: string }[]>(`webhooks dead-letters ${id} --limit 1`);
    const csv = await done(`webhooks dead-letters ${id} -o csv`);
    expect(csv).toMatch(/^id,at,type,subject,.*\r\n.*,muster.task.finished,tasks\/.*status 500\.,false,/);
    status = 204;
    expect(await done(`webhooks replay ${id} ${letter?.id ?? ''}`)).toBe('1\n');
    await eventually('it is taken', async () => (await shown()).dead_letters === 0);
    expect(await read(`webhooks replay ${id}`)).toEqual({ replayed: 0 });
    await done(`webhooks remove ${id}`);
  });

  it.each([
    ['add x', 'the URL is missing'],
    ['add x --url ftp://x', 'url must begin with https:// or http://'],
    ['add x --url https://x.example --url-env X', 'give --url, or the URL by another option'],
    ['add x --url https://x.example --type sync', 'Events are resources.changed, '],
    ['add x --url https://x.example --type prune.held --all-types', 'not both'],
    [`change ${NO_SUCH_ID}`, 'Give --name, '],
  ])('are refused with what is wrong: "%s"', async (words, message) => {
    const refused = { code: 2, errors: expect.stringContaining(message) };
    expect(await run(`webhooks ${words}`)).toMatchObject(refused);
  });
});

describe('schedules', () => {
  it('are made, paused, resumed, run and removed', async () => {
    const account = await toldAccount();
    const id = (await done(`schedules add ALI ${account} --every 6h --jitter 90s`)).trim();
    expect(await read(`schedules show ${id}`)).toMatchObject({
      interval_seconds: 21_600,
      jitter_seconds: 90,
      account_id: account,
      paused: false,
      next_runs: expect.any(Array),
    });
    expect(await done(`schedules pause ${id}`)).toBe(`${id}\n`);
    expect(await read('schedules')).toMatchObject([{ id, paused: true }]);
    await done(`schedules resume ${id}`);
    const { code, output } = await run(`schedules run ${id} --watch -q`);
    expect([code, output]).toEqual([0, expect.stringMatching(/state +SUCCEEDED/)]);
    expect(await read(`schedules runs ${id}`)).toMatchObject([{ trigger: 'manual', outcome: 'started' }]);
    await done(`schedules remove ${id}`);
    expect(await run(`schedules show ${id}`)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/\(COC\.00101401\)\n.*muster schedules list\n/),
    });
  });

  it('are refused with what is wrong about their times', async () => {
    const account = await toldAccount();
    const add = async (...words: string[]) => command.run(['schedules', 'add', 'ALI', account, ...words]);
    expect(await add('--cron', '99 * * * *')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('minute'),
    });
    expect(await add('--every', '6')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('90s, 15m, 6h or 7d'),
    });
    expect(await add()).toMatchObject({
      code: 2,
      errors: expect.stringContaining('--cron LINE or --every TIME'),
    });
  });
});

describe('which Muster is called, and with which key,', () => {
  const bare = { MUSTER_URL: '', MUSTER_API_KEY: '' };
  let file: string;

  beforeAll(() => {
    file = join(command.home, '.config/muster/config.json');
  });

  it('is kept in profiles that are their owner’s only', async () => {
    const save = `credentials save --url ${muster.api.url} --api-key-env KEY`;
    const variables = { ...bare, KEY: muster.apiKey };
    expect(await done(save, { variables })).toMatch(
      /^source +profile default\nurl +http:.*\ntenant +default\n$/,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const other = await issueApiKey(muster, { tenant: 'other' });
    expect(await done(save.replace('save', 'save other'), { variables: { ...bare, KEY: other } })).toMatch(
      /tenant +other\n/,
    );
    expect(await done('credentials show --profile other')).toMatch(/tenant +other\n/);
    expect(await done('credentials', { variables: bare })).toMatch(/^source +profile default\n/);
    expect(await done('credentials', { variables: { MUSTER_PROFILE: 'other' } })).toMatch(
      /^source +profile other\n/,
    );
    const listed = await done('credentials list -o csv');
    expect(listed).toBe(`profile,url\r\ndefault,${muster.api.url}\r\nother,${muster.api.url}\r\n`);
    await done('credentials remove other');
    expect(await run('tasks --profile other')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('There are: default'),
    });
    expect(await readFile(file, 'utf8')).not.toContain(other);
  });

  it('is not saved when it is not let in', async () => {
    const words = `credentials save wrong --url ${muster.api.url} --api-key-file -`;
    expect(await run(words, { input: 'mk_wrong' })).toMatchObject({ code: 4 });
    expect(await done('credentials list')).not.toContain('wrong');
  });

  it('is warned of when others can read it', async () => {
    await chmod(file, 0o644);
    const { code, errors } = await run('tasks --limit 1', { variables: bare });
    expect([code, errors]).toEqual([
      0,
      expect.stringMatching(/^muster: warning: others can read .*chmod 600/),
    ]);
    await chmod(file, 0o600);
    expect(await run('tasks --limit 1', { variables: bare })).toMatchObject({ code: 0, errors: '' });
  });

  it('is one source: a profile’s key goes to the profile’s address', async () => {
    const { code, errors } = await run('tasks', { variables: { MUSTER_API_KEY: '' } });
    expect([code, errors]).toEqual([2, expect.stringContaining('MUSTER_API_KEY is not')]);
  });

  it('is asked for when nothing says it', async () => {
    const variables = { ...bare, XDG_CONFIG_HOME: join(command.home, 'nothing') };
    expect(await run('tasks', { variables })).toMatchObject({
      code: 2,
      errors: expect.stringContaining('there is no API key to call Muster with'),
    });
  });
});

describe('an error', () => {
  it('says what is wrong, what to do, and by what the log knows it', async () => {
    const { code, output, errors } = await run(`tasks show ${NO_SUCH_ID}`);
    expect([code, output]).toEqual([1, '']);
    expect(errors).toMatch(
      /^muster: .*no such sync task \(COC\.00101201\)\n {2}See .*muster tasks list\n {2}request id: [0-9a-f]{32}\n$/,
    );
    expect(await run(`resources show ${NO_SUCH_ID}`)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('COC.00101301'),
    });
    expect(await run('accounts show VMWARE nobody')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('NOT_FOUND'),
    });
    expect(await run('sync VMWARE nobody')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('COC.00101102'),
    });
  });

  it.each(['json', 'jsonl'])('is JSON with --output %s', async (format) => {
    const { code, output, errors } = await run(`tasks -o ${format}`, {
      variables: { MUSTER_API_KEY: 'mk_wrong' },
    });
    expect([code, output]).toEqual([4, '']);
    expect(JSON.parse(errors)).toEqual({
      error: {
        code: 'APIGW.0301',
        message: expect.stringContaining('the API key is unknown or revoked'),
        request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        hint: expect.stringContaining('muster credentials show'),
        exit_code: 4,
      },
    });
  });

  it('of a policy has 4 too, and names the action', async () => {
    const apiKey = await issueApiKey(muster, { policy: READ_ONLY });
    expect(await run('sync ALI', { variables: { MUSTER_API_KEY: apiKey } })).toMatchObject({
      code: 4,
      errors: expect.stringContaining('coc:instance:syncResources'),
    });
  });

  it('of a Muster that is not there has 5', async () => {
    const relay = new Relay(new URL(muster.api.url));
    await relay.open();
    await relay.close();
    expect(await run('tasks', { variables: { MUSTER_URL: relay.url } })).toMatchObject({
      code: 5,
      errors: expect.stringMatching(/ECONNREFUSED.*\(UNREACHABLE\)/),
    });
  });

  it.each([
    ['nonsense', "unknown command 'nonsense'"],
    ['task', 'Did you mean tasks?'],
    ['tasks --nonsense', "unknown option '--nonsense'"],
    ['tasks watch', "missing required argument 'task'"],
    ['tasks --output xml', 'Allowed choices are table, json, jsonl, csv'],
    ['resources VSPHERE', 'Vendors are VMWARE, AWS'],
    ['resources --limit 0', 'a whole number from 1 on'],
    ['tasks --since yesterday', 'as long ago as 24h'],
    ['tasks --api-key mk_secret', 'a secret is no argument'],
    ['', 'Usage: muster'],
  ])('of usage has 2: "%s"', async (words, message) => {
    const { code, output, errors } = await run(words);
    expect([code, output, errors]).toEqual([2, '', expect.stringContaining(message)]);
    expect(errors).not.toContain('mk_secret');
  });

  it.each([
    [{ MUSTER_URL: 'muster.example' }, 'must be an http or https URL'],
    [{ MUSTER_API_KEY: 'two words' }, 'must be an API key'],
  ])('of settings has 2: %j', async (variables, message) => {
    expect(await run('tasks', { variables })).toMatchObject({
      code: 2,
      errors: expect.stringContaining(message),
    });
  });
});

/** What each shell answers to `$COMPLETE` and a tab, a line each; its completion is in a file of its name. */
const ASK = {
  bash: `source ./bash; COMP_WORDS=($COMPLETE ""); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _muster
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // Its completion system wants a terminal: here, what the script calls of it writes what it is told.
  zsh: `zsh -c 'compdef() { : }; _describe() { print -rl -- \${found%%:*} }; compadd() { print -rl -- \${@:2} }
    source ./zsh; words=(\${=COMPLETE} ""); CURRENT=\${#words}; _muster'`,
  fish: `fish -c 'source fish; complete -C "$COMPLETE "; complete -C "$COMPLETE --"' | cut -f1`,
};
const INSTALLED = (['bash', 'zsh', 'fish'] as const).filter((shell) => existsSync(`/usr/bin/${shell}`));

describe.each(INSTALLED)('completion in %s', (shell) => {
  beforeAll(async () => writeFile(join(command.home, shell), await done(`completion ${shell}`)));

  it.each([
    ['muster', ['accounts', 'sync', 'completion', '--profile', '--version']],
    ['muster accounts', ['add', 'list', 'remove', 'VMWARE', '--output']],
    ['muster accounts add', ['VMWARE', 'OTHER', '--sk-file', '--ak']],
    ['muster tasks', ['watch', 'cancel', '--state', '--since']],
    ['muster --profile x tasks list --state', ['QUEUED', 'CANCELLED']],
    ['muster webhooks add x --type', ['task.finished', 'prune.held']],
    ['muster resources list -o', ['table', 'json', 'jsonl', 'csv']],
    ['muster completion', ['bash', 'zsh', 'fish']],
  ])('knows what follows "%s"', async (words, expected) => {
    const { code, output, errors } = await command.bash(ASK[shell], { variables: { COMPLETE: words } });
    expect([code, errors]).toEqual([0, '']);
    expect(output.split('\n')).toEqual(expect.arrayContaining(expected));
    expect(output).not.toMatch(/--sk$|--api-key$/m);
  });
});

describe('the program', () => {
  it('has the version of Muster, and help for everything', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await done('--version')).toBe(`${version}\n`);
    expect(await done('accounts add --help')).toMatch(
      /Usage: muster accounts add .*--sk-file <file>.*--profile <name>/s,
    );
    expect(await done('help sync')).toContain('--watch');
  });
});

describe('docs/cli.md', () => {
  it('has every command, and each of its lines works', async () => {
    const document = await readFile(join(ROOT, 'docs/cli.md'), 'utf8');
    const blocks = [...document.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
    const script = blocks
      .join('')
      .replaceAll('https://muster.example.com', muster.api.url)
      .replaceAll('mk_…', muster.apiKey)
      .replaceAll('muster@vsphere.local', vcenter.username);
    const home = join(command.home, 'documented');
    await mkdir(join(home, '.config/fish/completions'), { recursive: true });
    await mkdir(join(home, '.zfunc'));
    await writeFile(join(home, 'vcenter.secret'), `${vcenter.password}\n`);
    await writeFile(join(home, 'staging.key'), `${muster.apiKey}\n`);
    const settings = { endpoint: vcenter.url, tls_fingerprint_sha256: vcenter.fingerprintSha256 };
    await writeFile(join(home, 'vcenter.json'), JSON.stringify(settings));
    await writeFile(join(home, 'cmdb.yaml'), 'version: 1\nsource: push\n');
    const variables = {
      HOME: home,
      VCENTER_SECRET: vcenter.password,
      CMDB_TOKEN: 'unused',
      CHAT_URL: 'https://chat.example/?key=k',
    };
    const { code, output, errors } = await command.bash(`set -euo pipefail\n${script}`, {
      cwd: home,
      variables,
    });
    expect({ code, output, errors }).toMatchObject({ code: 0 });
    expect(output).toContain('lon-k8s-node-15');
    expect(output).not.toContain('that went wrong');

    const { output: bash } = await run('completion bash');
    const commands = [...bash.matchAll(/^ {4}' ([a-z ]+)'\) COMPREPLY/gm)].map(([, path]) => path ?? '');
    const groups = commands.filter((path) => commands.some((other) => other.startsWith(`${path} `)));
    expect(commands.length).toBeGreaterThan(25);
    for (const path of commands) if (!groups.includes(path)) expect(script).toContain(`muster ${path}`);
  });
});
