import { describe, expect, it } from '@jest/globals';

import { endpointOf, readCatalog, regionsOf } from './catalog.js';
import { chosenMicroversion } from './microversion.js';
import { refusalText } from './refusal-text.js';
import { readScopeKey, scopeKey } from './scope-key.js';
import { type Service, SERVICES } from './services.js';

function catalogOf(...endpoints: [type: string, region: string | null, url: string, name?: string][]) {
  return readCatalog(
    endpoints.map(([type, region, url, name = 'public']) => ({
      type,
      name: type,
      endpoints: [{ interface: name, region_id: region, region, url }],
    })),
  );
}

describe('a catalog', () => {
  it('has regions, of which those without a name are all', () => {
    const catalog = catalogOf(
      ['compute', 'B', 'https://b'],
      ['compute', 'A', 'https://a'],
      ['image', null, 'https://i'],
      ['network', 'C', 'https://c', 'internal'],
      ['placement', 'D', 'https://d'],
    );
    expect(regionsOf(catalog, 'public')).toEqual(['A', 'B']);
    expect(regionsOf(catalog, 'internal')).toEqual(['C']);
    expect(regionsOf(catalog, 'admin')).toEqual([]);
    expect(regionsOf(catalogOf(['image', null, 'https://i']), 'public')).toEqual(['']);
    const place = { region: 'A', wanted: 'public' } as const;
    expect(endpointOf(catalog, SERVICES.image, place)?.host).toBe('i');
    expect(endpointOf(catalog, SERVICES.compute, place)?.host).toBe('a');
    expect(endpointOf(catalog, SERVICES.network, place)).toBeUndefined();
  });

  it('is read by the first type that is there, whatever else it holds', () => {
    const catalog = catalogOf(['volumev3', 'A', 'https://old'], ['block-storage', 'A', 'https://new']);
    expect(endpointOf(catalog, SERVICES.blockStorage, { region: 'A', wanted: 'public' })?.host).toBe('new');
    expect(readCatalog(undefined)).toEqual([]);
    expect(
      readCatalog([null, { type: 'x' }, { type: 'x', endpoints: [{ interface: 'public', url: '%' }] }]),
    ).toEqual([]);
  });
});

describe('a service’s root', () => {
  it.each([
    ['compute', 'https://c:8774/v2.1', '/v2.1'],
    ['compute', 'https://c/compute/v2.1/p1', '/compute/v2.1/p1'],
    ['compute', 'https://c', '/v2.1'],
    ['blockStorage', 'https://c/volume/v3/p1', '/volume/v3/p1'],
    ['blockStorage', 'https://c/volume/v3', '/volume/v3/project'],
    ['blockStorage', 'https://c/volume', '/volume/v3/project'],
    ['image', 'https://c:9292', '/v2'],
    ['image', 'https://c/image/v2', '/image/v2'],
    ['network', 'https://c:9696', '/v2.0'],
    ['network', 'https://c/networking', '/networking/v2.0'],
    ['loadBalancer', 'https://c:9876', '/v2/lbaas'],
    ['loadBalancer', 'https://c/lb/v2.0', '/lb/v2.0/lbaas'],
    ['containerInfra', 'https://c/magnum/v1', '/magnum/v1'],
  ] as const)('of %s at %s is %s', (key, url, root) => {
    const service: Service = SERVICES[key];
    expect(service.root(new URL(url), 'project')).toBe(root);
  });
});

describe('a microversion', () => {
  it.each([
    [{ version: { version: '2.93', min_version: '2.1' } }, '2.79', true],
    [{ version: { version: '2.79' } }, '2.79', true],
    [{ version: { version: '2.47' } }, '2.47', true],
    [{ version: { version: '2.38' } }, '2.38', false],
    [{ version: { version: '3.1' } }, '2.79', true],
    [{ version: { version: '' } }, undefined, false],
    [{ versions: [] }, undefined, false],
  ])('of %j is %s', (document, version, hasFlavors) => {
    expect(chosenMicroversion(document)).toEqual({ version, hasFlavors });
  });
});

describe('a refusal', () => {
  it.each([
    ['{"error":{"code":401,"message":"The request…","title":"Unauthorized"}}', 'The request…'],
    [
      '{"itemNotFound":{"code":404,"message":"Volume x could not be found."}}',
      'Volume x could not be found.',
    ],
    ['{"NeutronError":{"type":"PortNotFound","message":"Port x…","detail":""}}', 'Port x…'],
    ['{"faultcode":"Client","faultstring":"Not  valid","debuginfo":null}', 'Not valid'],
    ['{"code":400,"type":"invalid_marker","message":"Invalid marker"}', 'Invalid marker'],
    ['{"errors":[{"status":404,"title":"T","detail":"Cluster x"}]}', 'Cluster x'],
    [
      '<html><head><title>403</title></head><body><h1>403 Forbidden</h1>\nDenied<br/></body></html>',
      '403 Forbidden Denied',
    ],
    ['', ''],
    ['[]', ''],
    [`${'{"a":'.repeat(9)}"deep"${'}'.repeat(9)}`, ''],
    [JSON.stringify({ message: 'x'.repeat(999) }), 'x'.repeat(300)],
  ])('%s says %s', (body, text) => {
    expect(refusalText(body)).toBe(text);
  });
});

describe('a scope’s key', () => {
  it.each([
    ['RegionOne', { kind: 'all' }],
    ['RegionOne', { kind: 'shared' }],
    ['a/b', { kind: 'project', projectId: '0f' }],
    ['', { kind: 'all' }],
  ] as const)('of %s %j is read as it was written', (region, extent) => {
    expect(readScopeKey(scopeKey(region, extent))).toEqual({ region, extent });
  });
});
