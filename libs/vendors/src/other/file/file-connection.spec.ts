import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject, Resource } from '#domain';
import type { DocumentSource, Page } from '#vendor-kit';
import { listPages, openGate, openNetwork } from '#vendor-kit/testing';

import { adapter } from '../adapter.js';
import type { FileConnection } from './file-connection.js';
import type { FileDocument } from './file-document.js';

const NEVER = new AbortController().signal;
const LINES: FileDocument = {
  version: 1,
  format: 'json_lines',
  type: 'cloudservers',
  mapping: { id: 'id', name: 'name', status: 'state' },
};
const CSV: FileDocument = {
  version: 1,
  format: 'csv',
  type: 'volumes',
  delimiter: ';',
  mapping: {
    id: 'ID',
    name: 'Disk Name',
    status: 'State',
    created_at: 'Made',
    addresses: ['IP', 'IPv6'],
    tags: ['Team'],
  },
  states: { parked: 'suspended' },
};
const STATE: FileDocument = { version: 1, format: 'terraform_state' };

/** What is uploaded, as a worker sees it. */
class Upload implements DocumentSource {
  private uploads = 0;
  private parts: string[] | undefined;

  put(text: string, partCharacters = 100): void {
    this.uploads += 1;
    this.parts = [];
    for (let from = 0; from < text.length; from += partCharacters) {
      this.parts.push(text.slice(from, from + partCharacters));
    }
  }

  latest() {
    return Promise.resolve(this.parts && { id: String(this.uploads), parts: this.parts.length });
  }

  part(documentId: string, number: number) {
    return Promise.resolve(documentId === String(this.uploads) ? this.parts?.[number] : undefined);
  }
}

async function connect(connector: FileDocument, documents: DocumentSource): Promise<FileConnection> {
  const access = {
    accountId: 'a',
    ak: '-',
    sk: '-',
    settings: { connector },
    gate: openGate,
    network: openNetwork,
  };
  return (await adapter.connect({ ...access, documents }, NEVER)) as FileConnection;
}

async function list(connector: FileDocument, documents: DocumentSource, type?: string, resumeAt?: string) {
  const connection = await connect(connector, documents);
  const scopes = await adapter.scopes(connection, NEVER);
  const scope = scopes.find(({ key }) => type === undefined || key.startsWith(`${type}/`));
  const table = adapter.tables.find(({ isListedIn }) => scope !== undefined && isListedIn?.(scope) === true);
  if (scope === undefined || table === undefined) throw new Error('there is nothing to list');
  return await listPages(table, { connection, scope }, resumeAt);
}

const listed = async (...asked: Parameters<typeof list>) =>
  (await list(...asked)).flatMap(({ resources }) => resources);

async function failureOf(listing: Promise<unknown>) {
  const error = await listing.then(
    () => new Error('the listing did not fail'),
    (thrown: unknown) => thrown,
  );
  const meaning = adapter.classify(error);
  if (meaning === undefined) throw error;
  return meaning;
}

const lines = (...records: unknown[]) => records.map((one) => `${JSON.stringify(one)}\n`).join('');

describe('an uploaded file', () => {
  it('is listed page by page, wherever it is cut, and goes on behind any page', async () => {
    const records = Array.from({ length: 1_203 }, (_, index) => ({
      id: index,
      name: `vm ${String(index)} ü`,
    }));
    const upload = new Upload();
    upload.put(lines(...records), 333);
    const pages = await list(LINES, upload);
    expect(pages.map(({ resources }) => resources.length)).toEqual([500, 500, 203]);
    expect(pages.flatMap(({ resources }) => resources.map(({ name }) => name))).toEqual(
      records.map(({ name }) => name),
    );
    const [first, second, last] = pages;
    expect(last?.resumeAt).toBeUndefined();
    const rest = await list(LINES, upload, undefined, first?.resumeAt);
    expect(rest.map(({ resources }) => resources.length)).toEqual([500, 203]);
    expect((await listed(LINES, upload, undefined, second?.resumeAt)).at(0)?.nativeId).toBe('1000');
  });

  it('has every record that it was made of, whatever its texts', async () => {
    const names = fc
      .string({ unit: 'grapheme' })
      .filter((name) => name.isWellFormed() && !name.includes('\0'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(names, { maxLength: 30 }),
        fc.integer({ min: 1, max: 50 }),
        async (all, length) => {
          const upload = new Upload();
          upload.put(
            `ID;Disk Name;State;Made;IP;IPv6;Team\n${all
              .map(
                (name, index) =>
                  `${String(index)};"${name.replaceAll('"', '""')}";parked;2026-01-02;10.0.0.1;;ops\n`,
              )
              .join('')}`,
            length,
          );
          const resources = await listed(CSV, upload);
          expect(resources.map(({ properties }) => properties['Disk Name'])).toEqual(all);
          for (const one of resources) {
            expect(one).toMatchObject({
              status: 'suspended',
              addresses: ['10.0.0.1'],
              tags: { Team: 'ops' },
              createdAt: new Date('2026-01-02T00:00:00Z'),
            });
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is not complete with a bad line: what is good is there, and each bad one is told by its number', async () => {
    const upload = new Upload();
    upload.put(
      `${lines({ id: 'a' })}nonsense\n${lines({ id: 'b' }, { name: 'none' }, { id: 'a' }, { id: 'c' })}`,
    );
    const connection = await connect(LINES, upload);
    const pages = connection.pages('cloudservers/file', { signal: NEVER });
    const page = (await pages.next()).value as Page<Resource>;
    expect(page.items.map(({ nativeId }) => nativeId)).toEqual(['a', 'b', 'c']);
    expect(page.resumeAt).toBeDefined();
    const failure = await failureOf(pages.next());
    expect(failure).toMatchObject({ kind: 'bug', vendorCode: 'BAD_RECORDS' });
    expect(failure.message).toContain(
      'line 2 is no JSON; line 4 mapping.id gives null, which is no id; line 5 has the id of line 1 again',
    );
    // Nor is it when the listing is resumed behind all of its records.
    const resumed = list(LINES, upload, undefined, page.resumeAt);
    expect((await failureOf(resumed)).vendorCode).toBe('BAD_RECORDS');
  });

  it('says how many more are bad', async () => {
    const upload = new Upload();
    upload.put('x\n'.repeat(12));
    expect((await failureOf(list(LINES, upload))).message).toContain('line 5 is no JSON; and 7 more');
  });

  it.each<[string, FileDocument, string, string]>([
    ['empty CSV', CSV, '\n', 'it is empty'],
    ['a CSV without a column that is mapped', CSV, 'ID;State\n1;on\n', 'names no column "Disk Name", "Made"'],
    ['a CSV with a column twice', CSV, 'ID;ID\n', 'two columns of the name "ID"'],
    [
      'a CSV that breaks off in a quote',
      CSV,
      'ID;Disk Name;State;Made;IP;IPv6;Team\n1;"x',
      'quote never ends',
    ],
    ['a web page', STATE, '<!DOCTYPE html>', 'it is no JSON object'],
    ['a state of another version', STATE, '{"version": 3, "modules": []}', 'of another version'],
    ['a state that breaks off', STATE, '{"version": 4, "resources": [', 'it ends before its end'],
    ['a state without its list', STATE, '{"version": 4, "serial": 1}', 'it has no list "resources"'],
    ['something else in JSON', STATE, '{"resources": [{}]}', 'version is not at its beginning'],
  ])('never takes %s for an empty listing', async (_what, connector, text, reason) => {
    const upload = new Upload();
    upload.put(text, 5);
    const failure = await failureOf(list(connector, upload));
    expect(failure).toMatchObject({ kind: 'bug', vendorCode: 'MALFORMED_DOCUMENT' });
    expect(failure.message).toContain(reason);
  });

  it('tells a row with fewer fields than columns', async () => {
    const upload = new Upload();
    upload.put('ID;Disk Name;State;Made;IP;IPv6;Team\n1;a\n');
    expect((await failureOf(list(CSV, upload))).message).toContain(
      'line 2 has 2 fields, and the first line 7',
    );
  });

  it('begins anew when another document takes its place', async () => {
    const upload = new Upload();
    upload.put(lines(...Array.from({ length: 600 }, (_, id) => ({ id }))));
    const [first] = await list(LINES, upload);
    const pages = (await connect(LINES, upload)).pages('cloudservers/file', { signal: NEVER });
    await pages.next();
    upload.put(lines({ id: 1 }));
    const expired = { cursorExpired: true, vendorCode: 'DOCUMENT_REPLACED' };
    expect(await failureOf(pages.next())).toMatchObject(expired);
    expect(await failureOf(list(LINES, upload, undefined, first?.resumeAt))).toMatchObject(expired);
  });

  it('fails as long as there is none', async () => {
    expect(await failureOf(list(LINES, new Upload()))).toMatchObject({
      kind: 'bug',
      vendorCode: 'NO_DOCUMENT',
    });
  });

  it('is shown beside what becomes of it', async () => {
    const upload = new Upload();
    upload.put(lines({ id: 1, password: 'x', deep: [1] }, { name: 'none' }));
    const connection = await connect(LINES, upload);
    expect(await connection.preview(NEVER)).toEqual([
      {
        scope: 'file',
        type: 'cloudservers',
        request: 'json_lines',
        records: 2,
        unmapped: [],
        problem: null,
        rows: [
          {
            record: { id: 1, password: '[masked]', deep: [1] },
            resource: expect.objectContaining({ nativeId: '1' }),
            problem: null,
          },
          { record: null, resource: null, problem: 'line 2 mapping.id gives null, which is no id' },
        ],
      },
    ]);
  });
});

describe('a Terraform state', () => {
  const resource = (
    type: string,
    name: string,
    instances: JsonObject[],
    more: JsonObject = {},
  ): JsonObject => ({
    mode: 'managed',
    type,
    name,
    provider: 'provider["registry.terraform.io/hashicorp/aws"]',
    instances: instances.map((one) => ({ schema_version: 1, ...one })),
    ...more,
  });
  const state = (...resources: JsonObject[]) =>
    JSON.stringify(
      {
        version: 4,
        terraform_version: '1.9.0',
        serial: 7,
        lineage: 'l',
        outputs: { o: { value: 'S3cret' } },
        resources,
      },
      undefined,
      2,
    );
  const ARN = 'arn:aws:ec2:eu-central-1:123456789012:instance/i-1';
  const web = resource(
    'aws_instance',
    'web',
    [
      {
        index_key: 0,
        attributes: {
          id: 'i-1',
          arn: ARN,
          instance_state: 'stopped',
          availability_zone: 'eu-central-1a',
          private_ip: '10.0.0.1',
          public_ip: '',
          tags: { Name: 'web 1', team: 'search' },
          user_data: 'echo S3cret',
          password_data: 'S3cret',
          ebs: [{ token: 'S3cret', size: 8 }],
          marked: { a: 'S3cret' },
        },
        sensitive_attributes: [
          [
            { type: 'get_attr', value: 'marked' },
            { type: 'index', value: 'a' },
          ],
        ],
        private: 'S3cret',
      },
      { index_key: 'blue', status: 'tainted', attributes: { id: 'i-2' } },
      { deposed: 'abc', attributes: { id: 'i-3' } },
    ],
    { module: 'module.site' },
  );
  const others = [
    resource('random_password', 'db', [
      { attributes: { id: 'none', result: 'S3cret', bcrypt_hash: 'S3cret' } },
    ]),
    resource('random_password', 'cache', [{ attributes: { id: 'none', result: 'S3cret' } }]),
    resource('aws_ssm_parameter', 'p', [{ attributes: { id: '/p', name: '/p', value: 'S3cret' } }]),
    resource('aws_ami', 'latest', [{ attributes: { id: 'ami-1' } }], { mode: 'data' }),
  ];

  it('becomes a resource for each instance, of our types where they are known, and holds no secret', async () => {
    const upload = new Upload();
    upload.put(state(web, ...others), 37);
    const servers = await listed(STATE, upload, 'cloudservers');
    expect(servers).toEqual([
      {
        nativeId: ARN,
        name: 'web 1',
        status: 'stopped',
        nativeStatus: 'stopped',
        regionId: 'eu-central-1',
        zoneId: 'eu-central-1a',
        addresses: ['10.0.0.1'],
        tags: { Name: 'web 1', team: 'search' },
        properties: {
          address: 'module.site.aws_instance.web[0]',
          terraform_type: 'aws_instance',
          module: 'module.site',
          provider: 'provider["registry.terraform.io/hashicorp/aws"]',
          attributes: {
            id: 'i-1',
            arn: ARN,
            instance_state: 'stopped',
            availability_zone: 'eu-central-1a',
            private_ip: '10.0.0.1',
            public_ip: '',
            tags: { Name: 'web 1', team: 'search' },
            ebs: [{ size: 8 }],
          },
        },
        relations: [],
      },
      expect.objectContaining({
        nativeId: 'i-2',
        status: 'error',
        name: 'module.site.aws_instance.web["blue"]',
      }),
    ]);
    const rest = await listed(STATE, upload, 'otherResources');
    expect(rest.map(({ nativeId }) => nativeId)).toEqual([
      'random_password.db',
      'random_password.cache',
      'aws_ssm_parameter.p',
    ]);
    expect(await listed(STATE, upload, 'images')).toEqual([]);
    expect(JSON.stringify([servers, rest])).not.toContain('S3cret');
    expect(JSON.stringify(await (await connect(STATE, upload)).preview(NEVER))).not.toContain('S3cret');
  });

  it('is not complete with an instance that nothing identifies, nor with one resource at two addresses', async () => {
    const upload = new Upload();
    upload.put(
      state(
        resource('aws_instance', 'a', [{ attributes: { ami: 'x' } }, {}, { attributes: { id: 'i' } }]),
        resource('aws_instance', 'b', [{ attributes: { id: 'i' } }]),
      ),
    );
    expect((await failureOf(list(STATE, upload, 'cloudservers'))).message).toContain(
      'aws_instance.a has neither arn, self_link nor id; aws_instance.a has no attributes; ' +
        'aws_instance.b has the id of another resource again',
    );
    expect(await listed(STATE, upload, 'volumes')).toEqual([]);
  });

  it('is listed for every type, so that what is gone from it is found gone', async () => {
    const upload = new Upload();
    upload.put(state());
    const scopes = await adapter.scopes(await connect(STATE, upload), NEVER);
    expect(scopes).toHaveLength(22);
    for (const { key } of scopes) expect(await listed(STATE, upload, key.split('/')[0])).toEqual([]);
  });
});
