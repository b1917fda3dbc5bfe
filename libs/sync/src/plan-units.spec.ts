import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { OfferedScope } from '#vendor-kit';

import { planUnits } from './plan-units.js';

const REGIONS = ['r-1', 'r-2', 'r-3'];
const TYPES = ['a', 'b', 'c', 'd'];

const region = fc.option(fc.constantFrom(...REGIONS), { nil: undefined });
const scopes = fc
  .uniqueArray(fc.record({ key: fc.string(), name: fc.string(), region }), {
    selector: ({ key }) => key,
    maxLength: 6,
  })
  .map((places): OfferedScope[] =>
    places.map(({ region: of, ...scope }) => (of === undefined ? scope : { ...scope, region: of })),
  );
const tables = fc.shuffledSubarray(TYPES).map((types) => types.map((type) => ({ type })));
const some = (names: string[]) => fc.subarray(names, { minLength: 1 });
const choice = fc.record(
  {
    regions: some(REGIONS),
    resource_types: fc.record({ include: some(TYPES), exclude: some(TYPES) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

describe('planUnits', () => {
  it('makes one unit of every table in every scope, in the order of the tables', () => {
    fc.assert(
      fc.property(scopes, tables, (places, types) => {
        const { units, excluded } = planUnits(places, types, {});
        expect(excluded).toEqual([]);
        expect(units).toHaveLength(places.length * types.length);
        for (const [index, { type }] of types.entries()) {
          const ofType = units.slice(index * places.length, (index + 1) * places.length);
          expect(ofType).toEqual(places.map((scope) => ({ scope, resourceType: type })));
        }
      }),
    );
  });

  it('makes none where a type is not listed, nor says that it was left out', () => {
    const inRegion: OfferedScope = { key: 'r-1', name: 'r-1', region: 'r-1' };
    const whole: OfferedScope = { key: 'global', name: 'global' };
    const regional = { type: 'a', isListedIn: ({ region }: OfferedScope) => region !== undefined };
    const global = { type: 'b', isListedIn: ({ region }: OfferedScope) => region === undefined };
    const units = [
      { scope: inRegion, resourceType: 'a' },
      { scope: whole, resourceType: 'b' },
    ];
    const excluded = { resource_types: { exclude: TYPES } };

    expect(planUnits([inRegion, whole], [regional, global], {})).toEqual({ units, excluded: [] });
    expect(planUnits([inRegion, whole], [regional, global], excluded)).toEqual({
      units: [],
      excluded: units,
    });
  });

  it('leaves out just what the settings do not choose, and says so', () => {
    fc.assert(
      fc.property(scopes, tables, choice, (places, types, settings) => {
        const { regions, resource_types: { include = TYPES, exclude = [] } = {} } = settings;
        const isIn = (of: string | undefined) => of === undefined || (regions ?? REGIONS).includes(of);
        fc.pre(places.length === 0 || places.some((scope) => isIn(scope.region)));

        const { units, excluded } = planUnits(places, types, settings);

        const all = planUnits(places, types, {}).units;
        expect(units).toEqual(
          all.filter(
            ({ scope, resourceType }) =>
              isIn((scope as OfferedScope).region) &&
              include.includes(resourceType) &&
              !exclude.includes(resourceType),
          ),
        );
        expect([...units, ...excluded]).toHaveLength(all.length);
        for (const unit of excluded) expect(units).not.toContainEqual(unit);
      }),
    );
  });

  it('refuses regions of which the account has none, and names those that it has', () => {
    const places = [
      { key: '1', name: 'One', region: 'r-1' },
      { key: '2', name: 'Two', region: 'r-2' },
    ];
    expect(() => planUnits(places, [{ type: 'a' }], { regions: ['r-9'] })).toThrow(
      expect.objectContaining({
        kind: 'credentials',
        vendorCode: 'NO_REGION',
        message: "The account's setting regions (r-9) leaves nothing to list: it has r-1, r-2.",
      }),
    );
    expect(planUnits([], [{ type: 'a' }], { regions: ['r-9'] })).toEqual({ units: [], excluded: [] });
  });
});
