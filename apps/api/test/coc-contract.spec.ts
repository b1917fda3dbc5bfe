import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { VENDORS } from '#domain';

import { type Answer, TestMuster } from '../../../test/support/test-muster.js';
import { vmwareAccount } from './support/vmware-account.js';

/**
 * What COC's API documents of its seven operations: written down from the wire contract, and compared with what
 * Muster's own document says and with what it does at the bounds. A drift is a client of Huawei's that breaks.
 */

/** As JSON Schema says it. Beside these bounds a field may have a description, format or pattern. */
interface Field {
  required: boolean;
  type: string;
  /** Of each item of a list. */
  items?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  default?: unknown;
  enum?: readonly string[];
}
type Fields = Record<string, Field>;
type Values = Record<string, unknown>;

interface Contract {
  operation: string;
  /** Method and path. */
  request: string;
  action: string;
  path?: string[];
  query?: Fields;
  /** What Muster takes beside it. */
  additionalQuery?: string[];
  body?: Fields;
  additionalFields?: string[];
  /** The schema of `data`. */
  data: object;
  /** Fields of the answer beside `data`. */
  answer?: Record<string, string>;
}

const text = (required: boolean, bounds: Partial<Field> = {}): Field => ({
  required,
  type: 'string',
  ...bounds,
});
const name64 = (required: boolean): Field => text(required, { maxLength: 64 });
/** COC says 64, which Muster keeps to but for OPENSTACK: "keeps to its bounds" below. */
const secret = (required: boolean): Field => text(required, { maxLength: 8_192 });
const vendor = (required: boolean): Field => text(required, { enum: VENDORS });
const list100: Field = { required: false, type: 'array', items: 'string', maxItems: 100 };

const PAGING: Fields = {
  limit: { required: true, type: 'integer', minimum: 1, maximum: 500 },
  // A String in COC's document and in every SDK.
  offset: text(false, { default: '0' }),
  marker: text(false),
};
/** COC names AWS, AZURE, ALI and HCS here; Muster takes all that the other operations take. */
const FILTER: Fields = {
  vendor: vendor(true),
  type: text(false),
  resource_id_list: list100,
  name_list: list100,
  region_id_list: list100,
};
const ID = { type: 'string' };

const CONTRACTS: Contract[] = [
  {
    operation: 'ListVendorAccount',
    request: 'get /v1/vendor-account',
    action: 'coc:vendorAccount:list',
    query: { ...PAGING, vendor: vendor(false), account_id: name64(false), account_name: name64(false) },
    data: { type: 'array', items: { $ref: '#/components/schemas/Account' } },
    answer: { total: 'integer' },
  },
  {
    operation: 'CreateVendorAccount',
    request: 'post /v1/vendor-account',
    action: 'coc:vendorAccount:create',
    body: {
      vendor: vendor(true),
      // COC's document says 0 to 64; an account without an id could not be told from others.
      account_id: text(true, { minLength: 1, maxLength: 64 }),
      account_name: name64(true),
      ak: name64(true),
      sk: secret(true),
    },
    additionalFields: ['settings'],
    data: ID,
  },
  {
    operation: 'UpdateVendorAccount',
    request: 'put /v1/vendor-account/{id}',
    action: 'coc:vendorAccount:update',
    path: ['id'],
    body: { account_name: name64(false), ak: name64(false), sk: secret(false) },
    additionalFields: ['settings'],
    data: ID,
  },
  {
    operation: 'DeleteVendorAccount',
    request: 'delete /v1/vendor-account/{id}',
    action: 'coc:vendorAccount:delete',
    path: ['id'],
    data: ID,
  },
  {
    operation: 'CountMultiCloudResources',
    request: 'get /v1/multicloud-resources/count',
    action: 'coc:instance:countResources',
    query: FILTER,
    data: { type: 'integer' },
  },
  {
    operation: 'ListMultiCloudResources',
    request: 'get /v1/multicloud-resources',
    action: 'coc:instance:listResources',
    query: { ...FILTER, ...PAGING },
    data: { type: 'array', items: { $ref: '#/components/schemas/Resource' } },
  },
  {
    operation: 'SyncMultiCloudResource',
    request: 'post /v1/multicloud-resources/sync',
    action: 'coc:instance:syncResources',
    additionalQuery: ['plan', 'force'],
    body: { vendor: vendor(true), account_id: name64(false) },
    data: ID,
  },
];

/** The items of the two lists: type, and format where it matters to a client. */
const ITEMS: Record<string, { fields: Record<string, string>; additional: string[] }> = {
  Account: {
    fields: {
      id: 'string',
      vendor: 'string',
      account_id: 'string',
      domain_id: 'string',
      account_name: 'string',
      ak: 'string',
      sync_status: 'string',
      failure_msg: 'string',
      sync_date: 'string date-time',
      create_time: 'string date-time',
      update_time: 'string date-time',
    },
    additional: ['settings', 'external_id'],
  },
  Resource: {
    fields: {
      id: 'string',
      resource_id: 'string',
      name: 'string',
      vendor: 'string',
      type: 'string',
      datasource: 'string',
      region_id: 'string',
      properties: 'object',
      create_time: 'string date-time',
    },
    additional: [],
  },
};
const SYNC_STATUSES = ['waiting', 'running', 'success', 'failed'];
/** Headers that Muster takes beside what COC documents. */
const HEADERS = ['X-Domain-Id', 'Idempotency-Key'];

let muster: TestMuster;
let document: Values;

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
  document = (await muster.call('GET', '/openapi.json', { apiKey: '' })).body;
});

afterAll(() => muster.close());

/** What is there, by a JSON Pointer; references are followed. */
function at(value: unknown, ...names: string[]): Values {
  const found = names.reduce<unknown>(
    (object, name) => follow((object as Values | undefined)?.[name]),
    value,
  );
  return (found ?? {}) as Values;
}

function follow(value: unknown): unknown {
  const reference = (value as Values | undefined)?.['$ref'];
  return typeof reference === 'string' ? at(document, ...reference.slice(2).split('/')) : value;
}

const operationOf = ({ request }: Contract): Values => {
  const [method = '', path = ''] = request.split(' ');
  return at(document, 'paths', path, method);
};

function parametersOf(contract: Contract): Values[] {
  return (operationOf(contract)['parameters'] as unknown[]).map((parameter) => follow(parameter) as Values);
}

function namesIn(contract: Contract, where: string): unknown[] {
  return parametersOf(contract).flatMap((parameter) => (parameter['in'] === where ? parameter['name'] : []));
}

/** The bounds of a documented field, as the contract's table has them. */
function toField(schema: Values, required: boolean): Field {
  const { items, enum: values } = schema;
  const bounds = ['minimum', 'maximum', 'minLength', 'maxLength', 'maxItems', 'default'];
  const [type] = [schema['type']].flat();
  return {
    required,
    type: String(type),
    ...(items === undefined ? {} : { items: String(at(items)['type']) }),
    ...Object.fromEntries(bounds.flatMap((name) => (name in schema ? [[name, schema[name]]] : []))),
    ...(values === undefined ? {} : { enum: values as string[] }),
  };
}

function bodyFields(contract: Contract): Fields {
  const schema = at(operationOf(contract), 'requestBody', 'content', 'application/json', 'schema');
  const required = (schema['required'] ?? []) as string[];
  return Object.fromEntries(
    Object.entries(at(schema, 'properties'))
      .filter(([name]) => contract.additionalFields?.includes(name) !== true)
      .map(([name, field]) => [name, toField(field as Values, required.includes(name))]),
  );
}

describe.each(CONTRACTS.map((contract) => [contract.operation, contract] as const))(
  '%s, as documented',
  (name, contract) => {
    it('is COC’s operation, for COC’s action', () => {
      expect(operationOf(contract)).toMatchObject({
        operationId: name,
        'x-required-action': contract.action,
      });
    });

    it('has COC’s parameters, with their types, bounds and defaults', () => {
      const query = parametersOf(contract).filter(
        ({ in: where, name: parameter }) =>
          where === 'query' && contract.additionalQuery?.includes(String(parameter)) !== true,
      );
      const fields = query.map(({ name: parameter, required, schema }) => [
        parameter,
        toField(schema as Values, required === true),
      ]);
      expect(Object.fromEntries(fields)).toEqual(contract.query ?? {});
      expect(namesIn(contract, 'path')).toEqual(contract.path ?? []);
      expect(HEADERS).toEqual(expect.arrayContaining(namesIn(contract, 'header')));
      const ours = query.length + (contract.additionalQuery ?? []).length;
      expect(namesIn(contract, 'query')).toHaveLength(ours);
    });

    it('has COC’s body, and needs nothing that a client of COC does not send', () => {
      expect(bodyFields(contract)).toEqual(contract.body ?? {});
      const body = at(operationOf(contract), 'requestBody', 'content', 'application/json', 'schema');
      const required = [
        ...((body['required'] ?? []) as string[]),
        ...parametersOf(contract).flatMap(({ name: field, required }) => (required === true ? field : [])),
      ];
      const additional = [
        ...(contract.additionalFields ?? []),
        ...(contract.additionalQuery ?? []),
        ...HEADERS,
      ];
      expect(required.filter((field) => additional.includes(String(field)))).toEqual([]);
    });

    it('answers 200 with COC’s data and nothing else', () => {
      const responses = at(operationOf(contract), 'responses');
      expect(Object.keys(responses).filter((status) => status < '400')).toEqual(['200']);
      const answer = at(responses, '200', 'content', 'application/json', 'schema', 'properties');
      expect(answer).toEqual({
        data: expect.objectContaining(contract.data),
        ...Object.fromEntries(
          Object.entries(contract.answer ?? {}).map(([field, type]) => [
            field,
            expect.objectContaining({ type }),
          ]),
        ),
      });
    });

    it('says by COC’s codes what is wrong', () => {
      const codesOf = (status: string) =>
        JSON.stringify(
          at(operationOf(contract), 'responses', status, 'content', 'application/json', 'schema'),
        );
      expect(codesOf('400')).toContain('"COC.00010002"');
      expect(codesOf('401')).toContain('"APIGW.0301"');
      expect(codesOf('413')).toContain('"APIGW.0201"');
      if (contract.path !== undefined) expect(codesOf('400')).toContain('"COC.00101102"');
    });
  },
);

describe.each(Object.entries(ITEMS))('COC’s %s, as documented', (name, { fields, additional }) => {
  it('has COC’s fields', () => {
    const properties = at(document, 'components', 'schemas', name, 'properties');
    const documented = Object.keys(properties)
      .filter((field) => !additional.includes(field))
      .map((field) => {
        const { type, format } = at(properties, field);
        return [field, format === 'date-time' ? `${String(type)} date-time` : type];
      });
    expect(Object.fromEntries(documented)).toEqual(fields);
  });
});

it('COC’s sync_status has COC’s four values', () => {
  expect(at(document, 'components', 'schemas', 'Account', 'properties', 'sync_status')).toMatchObject({
    enum: SYNC_STATUSES,
  });
});

/** What an operation takes and what it refuses of one field, at the bounds. */
interface Bound {
  field: string;
  taken: string[];
  refused: string[];
}

const values = (count: number) => Array.from({ length: count }, (_, index) => `v${String(index)}`).join(' ');
const LISTS: Bound[] = ['resource_id_list', 'name_list', 'region_id_list'].map((field) => ({
  field,
  taken: [values(1), values(100)],
  refused: [values(101)],
}));
const PAGES: Bound[] = [
  { field: 'limit', taken: ['1', '500'], refused: ['0', '501', '-1', '1.5', 'ten'] },
  { field: 'offset', taken: ['', '0', '2147483647'], refused: ['2147483648', '-1', '0.5', 'x'] },
];
const TEXTS = (fields: string[]): Bound[] =>
  fields.map((field) => ({ field, taken: ['x'.repeat(64), '名'.repeat(64)], refused: ['x'.repeat(65)] }));

/** A list is repeated, as Huawei's clients do it. */
function toQuery(field: string, value: string): string {
  const all = field.endsWith('_list') ? value.split(' ') : [value];
  return all.map((one) => `${field}=${encodeURIComponent(one)}`).join('&');
}

describe.each([
  ['/v1/vendor-account', 'limit=5', [...PAGES, ...TEXTS(['account_id', 'account_name'])]],
  ['/v1/multicloud-resources', 'limit=5&vendor=HCS', [...PAGES, ...LISTS]],
  ['/v1/multicloud-resources/count', 'vendor=HCS', LISTS],
] as const)('GET %s keeps to its bounds', (path, rest, bounds) => {
  it.each([...bounds])('of $field', async ({ field, taken, refused }) => {
    const others = rest.split('&').filter((part) => !part.startsWith(`${field}=`));
    const statusOf = async (value: string) => {
      const query = [...others, toQuery(field, value)].join('&');
      return outcome(await muster.call('GET', `${path}?${query}`));
    };
    for (const value of taken) expect([value, await statusOf(value)]).toEqual([value, '200']);
    for (const value of refused) {
      expect([value, await statusOf(value)]).toEqual([value, '400 COC.00010002']);
    }
  });
});

describe('CreateVendorAccount keeps to its bounds', () => {
  it.each(['account_id', 'account_name', 'ak', 'sk'])('of %s', async (field) => {
    const create = async (value: string) =>
      outcome(
        await muster.call('POST', '/v1/vendor-account', { body: vmwareAccount(field, { [field]: value }) }),
      );
    expect(await create('x'.repeat(65))).toBe('400 COC.00010002');
    expect(await create('x'.repeat(64))).toBe('200');
  });

  it('of sk, which may be longer where the vendor itself makes it so', async () => {
    const settings = { endpoint: 'http://127.0.0.1:9/v3', auth_type: 'application_credential' };
    const account = { vendor: 'OPENSTACK', account_id: 'long', account_name: 'long', ak: 'id', settings };
    const create = async (sk: string) =>
      outcome(await muster.call('POST', '/v1/vendor-account', { body: { ...account, sk } }));
    expect(await create('x'.repeat(256))).toBe('400 COC.00010002');
    expect(await create('x'.repeat(86))).toBe('200');
  });
});

function outcome({ status, body }: Answer): string {
  return status === 200 ? '200' : `${String(status)} ${String(body['error_code'])}`;
}
