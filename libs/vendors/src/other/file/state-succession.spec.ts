import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { refusalOfState, stateVersion } from './state-succession.js';

const state = (head: object) =>
  JSON.stringify({ version: 4, terraform_version: '1.9.0', ...head, outputs: {}, resources: [] }, null, 2);

describe('stateVersion', () => {
  it('is what a state begins with, also where that is cut off behind it, and never another one', () => {
    const outputs = fc.dictionary(fc.string(), fc.record({ serial: fc.nat(), lineage: fc.string() }));
    fc.assert(
      fc.property(fc.nat(), fc.string(), outputs, fc.nat(), (serial, lineage, others, cut) => {
        const text = JSON.stringify({ version: 4, serial, lineage, outputs: others, resources: [] });
        expect(stateVersion(text)).toEqual({ serial, lineage });
        const version = stateVersion(text.slice(0, cut % text.length));
        expect([undefined, serial]).toContain(version.serial);
        expect([undefined, lineage]).toContain(version.lineage);
      }),
    );
  });

  it('is of no resource', () => {
    const text = '{"version": 4, "resources": [{"serial": 1}], "serial": 2, "lineage": "late"}';
    expect(stateVersion(text)).toEqual({});
  });

  it.each([
    '',
    'Serial,Host\n',
    '[1, 2]',
    '{"serial": "7", "lineage": 8, "resources": []}',
    '{"serial": nope}',
  ])('is nothing of %j', (text) => {
    expect(stateVersion(text)).toEqual({});
  });
});

describe('refusalOfState', () => {
  const former = state({ serial: 7, lineage: 'a' });

  it.each([
    ['the same', { serial: 7, lineage: 'a' }],
    ['a newer one', { serial: 8, lineage: 'a' }],
    ['one without a lineage', { serial: 7 }],
    ['one that says nothing', {}],
  ])('is none of %s', (_, head) => {
    expect(refusalOfState(former, state(head))).toBeUndefined();
    expect(refusalOfState(state({}), state(head))).toBeUndefined();
    expect(refusalOfState('id,name\n', state(head))).toBeUndefined();
  });

  it.each([
    ['an older one', { serial: 6, lineage: 'a' }, 'its serial is 6, and that one’s 7'],
    ['an older one that has no lineage', { serial: 6 }, 'its serial is 6'],
    ['another lineage’s, also a newer one', { serial: 8, lineage: 'b' }, 'another lineage, b, than'],
  ])('says why of %s', (_, head, message) => {
    expect(refusalOfState(former, state(head))).toContain(message.replace('’', "'"));
  });

  it('shows no more of a lineage than one has', () => {
    const long = state({ serial: 8, lineage: 'x'.repeat(1_000) });
    expect(refusalOfState(former, long)?.length).toBeLessThan(250);
  });
});
