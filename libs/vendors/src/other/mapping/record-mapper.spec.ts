import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject, JsonValue } from '#domain';

import type { MappingDocument, StreamDocument } from '../document/connector-document.js';
import { MappingError, RecordMapper } from './record-mapper.js';

const STREAM = { name: 'vms', type: 'cloudservers', request: { path: '/' }, records: '@' } as const;

function mapperOf(mapping: Partial<MappingDocument>, more: Partial<StreamDocument> = {}): RecordMapper {
  return new RecordMapper({
    ...STREAM,
    pagination: { type: 'none' },
    mapping: { id: 'id', ...mapping },
    ...more,
  });
}

/** What one field of the mapping makes of a value. */
function made(field: keyof MappingDocument, value: JsonValue, more: Partial<StreamDocument> = {}) {
  return mapperOf({ [field]: 'value' }, more).resourceOf({ id: 'x', value });
}

describe('RecordMapper', () => {
  it('needs no more than an id', () => {
    expect(mapperOf({}).resourceOf({ id: 7, other: true })).toEqual({
      nativeId: '7',
      name: '7',
      status: 'available',
      regionId: '',
      addresses: [],
      tags: {},
      properties: { id: 7, other: true },
      relations: [],
    });
  });

  it.each<[JsonValue, string]>([
    [null, 'null'],
    ['', 'an empty text'],
    [{}, 'an object'],
    [['a'], 'a list'],
    [2 ** 60, String(2 ** 60)],
  ])('takes %j for no id', (id, said) => {
    expect(() => mapperOf({}).resourceOf({ id })).toThrow(new MappingError('id', '').message);
    expect(() => mapperOf({}).resourceOf({ id })).toThrow(said);
  });

  it.each<[JsonValue, string]>([
    ['active', 'running'],
    ['poweredOff', 'stopped'],
    ['SHUT-OFF', 'stopped'],
    ['in_use', 'available'],
    ['Shutting Down', 'stopping'],
    ['Weird', 'suspended'],
    ['odd', 'unknown'],
    [true, 'error'],
    [null, 'unknown'],
  ])('makes of the state %j the status %s', (state, status) => {
    const states = { WEIRD: 'suspended', true: 'error' } as const;
    expect(made('status', state, { states }).status).toBe(status);
  });

  it('has the word of the cloud beside the status, and a default for those that nobody knows', () => {
    expect(made('status', 'odd', { default_status: 'running' })).toMatchObject({
      status: 'running',
      nativeStatus: 'odd',
    });
  });

  it.each<[JsonValue, object]>([
    [
      { b: 1, a: 'x', c: null },
      { a: 'x', b: '1', c: '' },
    ],
    [[{ key: 'k', value: 'v' }, 'plain'], { k: 'v', plain: '' }],
    [null, {}],
  ])('makes tags of %j', (value, tags) => {
    const resource = made('tags', value);
    expect(resource.tags).toEqual(tags);
    expect(Object.keys(resource.tags)).toEqual(Object.keys(tags).sort());
  });

  it('makes one list of addresses in lists, each once', () => {
    expect(made('addresses', ['10.0.0.1', ['10.0.0.2', null], '10.0.0.1']).addresses).toEqual([
      '10.0.0.1',
      '10.0.0.2',
    ]);
  });

  it.each<[JsonValue, string]>([
    ['2024-05-06T07:08:09Z', '2024-05-06T07:08:09.000Z'],
    [1_700_000_000, '2023-11-14T22:13:20.000Z'],
    [1_700_000_000_123, '2023-11-14T22:13:20.123Z'],
  ])('reads the time %j', (value, time) => {
    expect(made('created_at', value).createdAt?.toISOString()).toBe(time);
  });

  it.each<[keyof MappingDocument, JsonValue]>([
    ['name', { first: 'a' }],
    ['region', ['a']],
    ['status', {}],
    ['addresses', [1]],
    ['tags', [{ name: 'k' }]],
    ['tags', [1]],
    ['created_at', 'yesterday'],
    ['created_at', true],
    ['properties', ['a']],
  ])('refuses as %s what %j gives, naming the field and not the value', (field, value) => {
    expect(() => made(field, value)).toThrow(MappingError);
    expect(() => made(field, value)).toThrow(`mapping.${field} gives`);
  });

  it('says that an expression failed', () => {
    const mapper = mapperOf({ zone: "split(zone, '/')" });
    expect(() => mapper.resourceOf({ id: 'x', zone: 5 })).toThrow(/mapping\.zone fails: split\(\)/);
  });

  it('makes relations of one id, of several and of none, each once', () => {
    const relations = [
      { kind: 'attached_to' as const, type: 'volumes', id: 'volumes' },
      { kind: 'runs_on' as const, type: 'hosts', id: 'host' },
    ];
    const mapper = mapperOf({ relations });
    expect(mapper.resourceOf({ id: 'x', volumes: [1, [2, 1], null], host: null }).relations).toEqual([
      { kind: 'attached_to', type: 'volumes', nativeId: '1' },
      { kind: 'attached_to', type: 'volumes', nativeId: '2' },
    ]);
  });

  it('knows which fields are mapped to nothing', () => {
    const mapper = mapperOf({ name: 'label', properties: '@', tags: 'meta.tags' });
    expect(mapper.unmappedFields({ id: 1, label: 'a', meta: {}, extra: 1, more: 2 })).toEqual([
      'extra',
      'more',
    ]);
  });

  it('makes a well-formed resource of any record, or refuses it with the name of a field', () => {
    const mapper = mapperOf({
      name: 'name',
      status: 'state',
      region: 'region',
      addresses: 'ips',
      tags: 'tags',
      created_at: 'created',
      relations: [{ kind: 'runs_on', type: 'hosts', id: 'host' }],
    });
    const value = fc.jsonValue({ maxDepth: 2 });
    const record = fc.record(
      {
        id: value,
        name: value,
        state: value,
        region: value,
        ips: value,
        tags: value,
        created: value,
        host: value,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(record, (given) => {
        try {
          const resource = mapper.resourceOf(given as JsonObject);
          expect(resource.nativeId).not.toBe('');
          expect(resource.name).not.toBe('');
          expect(Object.values(resource.tags).every((tag) => typeof tag === 'string')).toBe(true);
          expect(resource.properties).toBe(given);
        } catch (error) {
          expect(error).toBeInstanceOf(MappingError);
          expect((error as Error).message).toMatch(/^mapping\.\w+/);
        }
      }),
    );
  });
});
