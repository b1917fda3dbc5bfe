import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { RELATION_KINDS, RESOURCE_STATUSES } from '#domain';
import { type PostedResource, PostedResourceError } from '#vendor-kit';

import { isScopeOf } from '../stream.js';
import { PushIntake } from './push-intake.js';

const intake = new PushIntake({
  version: 1,
  source: 'push',
  timeout_minutes: 3,
  states: { Parked: 'suspended' },
  default_status: 'error',
});

/** Of which a time is written with four digits. */
const YEARS = { min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const posted: fc.Arbitrary<PostedResource> = fc.record(
  {
    id: fc.string({ minLength: 1, unit: 'grapheme' }),
    name: optional(fc.string()),
    status: optional(fc.string()),
    zone: optional(fc.string()),
    addresses: optional(fc.array(fc.string())),
    tags: optional(fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true })),
    created_at: optional(fc.date({ ...YEARS, noInvalidDate: true }).map((date) => date.toISOString())),
    properties: optional(
      fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }) as fc.Arbitrary<never>,
    ),
    relations: optional(
      fc.array(
        fc.record({ kind: fc.constantFrom(...RELATION_KINDS), type: fc.constant('hosts'), id: fc.string() }),
      ),
    ),
  },
  { requiredKeys: ['id'] },
);

describe('PushIntake', () => {
  it('gives its source as long as the connector says, and 15 min by default', () => {
    expect(intake.timeoutSeconds).toBe(180);
    expect(new PushIntake({ version: 1, source: 'push' }).timeoutSeconds).toBe(900);
  });

  it('has a scope for each type and region, and one for none', () => {
    const scopes = [
      intake.scopeOf('volumes', 'fra'),
      intake.scopeOf('volumes', ''),
      intake.scopeOf('hosts', 'fra'),
    ];
    expect(new Set(scopes.map(({ key }) => key)).size).toBe(3);
    expect(scopes.map((scope) => isScopeOf('volumes', scope))).toEqual([true, true, false]);
    expect(scopes.map(({ name }) => name)).toEqual(['fra', 'push', 'fra']);
  });

  it.each([
    [undefined, 'available', undefined],
    [null, 'available', undefined],
    ['', 'available', undefined],
    ['parked', 'suspended', 'parked'],
    ['ON', 'running', 'ON'],
    ['humming', 'error', 'humming'],
  ])('takes the status %p for %s', (status, meaning, word) => {
    const { status: shown, nativeStatus } = intake.resourceOf(
      { id: 'a', ...(status === undefined ? {} : { status }) },
      '',
    );
    expect([shown, nativeStatus]).toEqual([meaning, word]);
  });

  it('names the field of what is no time', () => {
    expect(() => intake.resourceOf({ id: 'a', created_at: 'soon' }, '')).toThrow(PostedResourceError);
    expect(() => intake.resourceOf({ id: 'a', created_at: 'soon' }, '')).toThrow(/^created_at gives a text/);
  });

  it('makes a resource of whatever has an id, with all that was posted', () => {
    fc.assert(
      fc.property(posted, fc.string(), (one, region) => {
        const resource = intake.resourceOf(one, region);
        expect(resource).toMatchObject({ nativeId: one.id, regionId: region, name: one.name || one.id });
        expect(RESOURCE_STATUSES).toContain(resource.status);
        expect(resource.properties).toEqual(one.properties ?? {});
        expect(resource.tags).toEqual(one.tags ?? {});
        expect(new Set(resource.addresses)).toEqual(
          new Set(one.addresses?.filter((address) => address !== '') ?? []),
        );
        const links = (one.relations ?? []).map(({ kind, type, id }) => ({ kind, type, nativeId: id }));
        expect(resource.relations).toEqual(expect.arrayContaining(links));
        expect(resource.relations.length).toBe(new Set(links.map((link) => JSON.stringify(link))).size);
      }),
    );
  });
});
