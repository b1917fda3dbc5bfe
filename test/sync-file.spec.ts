import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { queueBackends } from './support/redis.js';
import { TestMuster } from './support/test-muster.js';

interface DocumentState {
  upload_id: string;
  parts: number;
  characters: number;
  completed_at: string | null;
}

const CONNECTOR = {
  version: 1,
  format: 'csv',
  type: 'cloudservers',
  mapping: { id: 'Serial', name: 'Host', status: 'State', region: 'Site', tags: ['Team'] },
};
const HEADER = 'Serial,Host,State,Site,Team\n';
const row = (serial: number, state = 'on') =>
  `s-${String(serial)},"host ""${String(serial)}""",${state},fra,ops\n`;
const rows = (count: number) => Array.from({ length: count }, (_, serial) => row(serial));

describe.each(queueBackends())('a file, uploaded and synced through a queue on %s', (backend) => {
  let muster: TestMuster;
  let id: string;

  beforeAll(async () => {
    muster = await TestMuster.start({ backend });
    id = await muster.addAccount({
      vendor: 'OTHER',
      account_id: 'cmdb',
      account_name: 'CMDB',
      ak: '-',
      sk: '-',
      settings: { connector: CONNECTOR },
    });
  });

  afterAll(async () => {
    await muster.close();
  });

  const putTo = (account: string, body: object) =>
    muster.call<{ data: DocumentState; error_msg: string }>('PUT', `/v1/vendor-account/${account}/document`, {
      body,
    });
  const put = (body: object) => putTo(id, body);
  /** In parts of 1,000 characters. */
  const upload = async (text: string, uploadId = randomUUID()): Promise<DocumentState> => {
    const parts = text.match(/[^]{1,1000}/g) ?? [];
    let state: DocumentState | undefined;
    for (const [part, content] of parts.entries()) {
      const last = part === parts.length - 1;
      const { status, body } = await put({ upload_id: uploadId, part, content, last });
      expect([status, body.error_msg]).toEqual([200, undefined]);
      state = body.data;
    }
    if (state === undefined) throw new Error('there is nothing to upload');
    return state;
  };
  const listed = async () => (await muster.listAll('OTHER')).map(({ resource_id }) => resource_id).sort();
  const sync = () => muster.sync({ vendor: 'OTHER' });

  it('fails as long as nothing was uploaded whole, and says what to do', async () => {
    await put({ upload_id: randomUUID(), part: 0, content: HEADER });
    const task = await sync();
    expect(task.state).toBe('FAILED');
    const [unit] = task.accounts[0]?.units ?? [];
    expect(unit?.error).toMatchObject({
      code: 'NO_DOCUMENT',
      message: expect.stringContaining('PUT /v1/vendor-account/{id}/document'),
    });
  });

  it('becomes resources, and none of them changes when it is synced again', async () => {
    const state = await upload(HEADER + rows(700).join(''));
    expect(state.completed_at).not.toBeNull();
    expect(await sync()).toMatchObject({ state: 'SUCCEEDED', counts: { created: 700, deleted: 0 } });
    const [first] = await muster.listAll('OTHER', 'cloudservers');
    expect(first).toMatchObject({
      resource_id: 's-0',
      name: 'host "0"',
      region_id: 'fra',
      properties: { Serial: 's-0', State: 'on' },
    });

    expect(await sync()).toMatchObject({
      state: 'SUCCEEDED',
      counts: { created: 0, updated: 0, unchanged: 700, deleted: 0 },
    });
  });

  it('takes what is gone from the next upload for deleted, and what is another for changed', async () => {
    await upload(HEADER + rows(699).join('').replace(row(7), row(7, 'off')));
    expect(await sync()).toMatchObject({
      state: 'SUCCEEDED',
      counts: { created: 0, updated: 1, unchanged: 698, deleted: 1 },
    });
    expect(await listed()).not.toContain('s-699');
  });

  it('deletes nothing when a line of it is bad, and takes in the others', async () => {
    const before = await listed();
    await upload(`${HEADER}${row(7)}s-8,too,few\n${row(7)}${row(5_000)}`);
    const task = await sync();
    expect(task).toMatchObject({ state: 'FAILED', counts: { created: 1, updated: 1, deleted: 0 } });
    expect(task.accounts[0]?.units[0]?.error?.message).toContain(
      'line 3 has 3 fields, and the first line 5; line 4 has the id of line 2 again',
    );
    expect(await listed()).toEqual([...before, 's-5000'].sort());
  });

  it('keeps the document that is whole while another is on its way', async () => {
    const before = await listed();
    await upload(HEADER + rows(699).join('') + row(5_000));
    await put({ upload_id: randomUUID(), part: 0, content: HEADER });
    expect(await sync()).toMatchObject({ state: 'SUCCEEDED', counts: { deleted: 0 } });
    expect(await listed()).toEqual(before);
  });

  it('takes parts in their order, each once, whatever is sent again', async () => {
    const upload_id = randomUUID();
    const first = { upload_id, part: 0, content: HEADER };
    const second = { upload_id, part: 1, content: row(1), last: true };
    expect((await put(second)).body.error_msg).toBe('Part 0 of this upload comes next. Parts count from 0.');
    const [once, again] = [await put(first), await put(first)];
    expect([once.status, once.body]).toEqual([again.status, again.body]);
    expect(once.body.data).toEqual({ upload_id, parts: 1, characters: HEADER.length, completed_at: null });
    expect((await put({ ...first, content: 'x' })).body.error_msg).toContain('it is another');
    expect((await put({ ...second, part: 2 })).body.error_msg).toContain('Part 1 of this upload comes next');
    const done = await put(second);
    expect(done.body.data.completed_at).not.toBeNull();
    expect((await put(second)).body).toEqual(done.body);
    expect((await put({ ...second, part: 2 })).status).toBe(409);
    const { rows: kept } = await muster.sql.query('SELECT number FROM account_document_part ORDER BY number');
    expect(kept).toEqual([{ number: 0 }, { number: 1 }]);
  });

  describe('that is a Terraform state', () => {
    let state: string;
    const stateOf = (serial: number, lineage = 'of-the-shop') =>
      JSON.stringify({
        ...{ version: 4, terraform_version: '1.9.0', serial, lineage, outputs: {} },
        resources: Array.from({ length: serial }, (_, number) => ({
          ...{ mode: 'managed', type: 'aws_instance', name: `web${String(number)}`, provider: 'aws' },
          instances: [{ attributes: { id: `i-${String(number)}` } }],
        })),
        check_results: null,
      });
    /** In two parts, cut within what it begins with. */
    async function uploadState(text: string, options: { force?: boolean } = {}) {
      const upload_id = randomUUID();
      const first = await putTo(state, { upload_id, part: 0, content: text.slice(0, 60) });
      expect(first.status).toBe(200);
      const last = { upload_id, part: 1, content: text.slice(60), last: true };
      return { last, ...(await putTo(state, { ...last, ...options })) };
    }
    const servers = async () =>
      (await muster.listAll('OTHER', 'cloudservers'))
        .filter(({ datasource }) => datasource === state)
        .map(({ resource_id }) => resource_id)
        .sort();
    const syncState = () => muster.sync({ vendor: 'OTHER', account_id: 'state' });

    beforeAll(async () => {
      state = await muster.addAccount({
        ...{ vendor: 'OTHER', account_id: 'state', account_name: 'State', ak: '-', sk: '-' },
        settings: {
          connector: { version: 1, format: 'terraform_state' },
          resource_types: { include: ['cloudservers'] },
        },
      });
      expect((await uploadState(stateOf(3))).status).toBe(200);
      await syncState();
    });

    afterAll(async () => {
      await muster.removeAccount(state);
    });

    it.each([
      ['older', stateOf(2), /its serial is 2, and that one's 3/],
      ['of another lineage', stateOf(4, 'of-others'), /another lineage, of-others, than .*, of-the-shop/],
    ])('is not taken where it is %s, and the former one stays', async (_, text, message) => {
      const { status, body } = await uploadState(text);
      expect([status, body]).toEqual([
        409,
        {
          error_code: 'COC.00101106',
          error_msg: expect.stringMatching(message),
          request_id: expect.any(String),
        },
      ]);
      expect(body.error_msg).toContain('send this part again with "force": true');
      expect(await syncState()).toMatchObject({ state: 'SUCCEEDED', counts: { unchanged: 3, deleted: 0 } });
    });

    it('is taken where it is the same again, or newer', async () => {
      expect((await uploadState(stateOf(3))).status).toBe(200);
      expect((await uploadState(stateOf(5))).status).toBe(200);
      expect(await syncState()).toMatchObject({ counts: { created: 2, deleted: 0 } });
    });

    it('is taken whatever it is when that is said with the part that was refused', async () => {
      const refused = await uploadState(stateOf(4, 'of-others'));
      expect(refused.status).toBe(409);
      const { status, body } = await putTo(state, { ...refused.last, force: true });
      expect([status, body.data.completed_at === null]).toEqual([200, false]);
      expect((await syncState()).counts).toMatchObject({ deleted: 1 });
      expect(await servers()).toEqual(['i-0', 'i-1', 'i-2', 'i-3']);
      // From now on this lineage is the account's.
      expect((await uploadState(stateOf(6))).body.error_msg).toMatch(/another lineage/);
      expect((await uploadState(stateOf(1, 'of-others'), { force: true })).status).toBe(200);
    });
  });

  it('refuses a document for an account that is read from none, and goes with its account', async () => {
    const { body } = await put({ upload_id: randomUUID(), part: 0, content: HEADER });
    expect(body.data.parts).toBe(1);
    await muster.removeAccount(id);
    expect((await put({ upload_id: randomUUID(), part: 0, content: HEADER })).status).toBe(400);
    expect((await muster.sql.query('SELECT 1 FROM account_document_part')).rowCount).toBe(0);
    id = await muster.addAccount({
      vendor: 'VMWARE',
      account_id: 'vc',
      account_name: 'vc',
      ak: 'user',
      sk: 'secret',
      settings: { endpoint: 'https://vc.example' },
    });
    expect(await put({ upload_id: randomUUID(), part: 0, content: HEADER })).toMatchObject({
      status: 409,
      body: { error_code: 'COC.00101106' },
    });
  });
});
