import type { JsonObject } from '#domain';

import { type Service, SERVICES } from './services.js';

/** Which of a service's addresses are used. */
export type Interface = 'public' | 'internal' | 'admin';

/** One address of a service. */
export interface Endpoint {
  /** The service's type: `compute`. */
  type: string;
  interface: string;
  /** Empty where the catalog names none: it is then of every region. */
  region: string;
  url: string;
}

/** The catalog that comes with a token: `[{ type, endpoints: [{ interface, region_id, region, url }] }]`. */
export function readCatalog(catalog: unknown): Endpoint[] {
  return objectsIn(catalog).flatMap(({ type, endpoints }) =>
    objectsIn(endpoints).flatMap((endpoint) => {
      const { interface: name, url } = endpoint;
      if (typeof type !== 'string' || typeof name !== 'string' || typeof url !== 'string') return [];
      if (!URL.canParse(url)) return [];
      const region = [endpoint['region_id'], endpoint['region']].find((id) => typeof id === 'string');
      return [{ type, interface: name, region: typeof region === 'string' ? region : '', url }];
    }),
  );
}

/**
 * The regions in which there is something to list, sorted. A catalog without regions has one, which has no name;
 * endpoints without a region beside others with one are of all regions.
 */
export function regionsOf(catalog: readonly Endpoint[], wanted: Interface): string[] {
  const types = new Set<string>(Object.values(SERVICES).flatMap((service) => service.types));
  const regions = catalog
    .filter((endpoint) => endpoint.interface === wanted && types.has(endpoint.type))
    .map(({ region }) => region);
  const named = [...new Set(regions)].filter((region) => region !== '').sort();
  return named.length > 0 || regions.length === 0 ? named : [''];
}

/** A service's address in a region; of several types, that of the first which is there. */
export function endpointOf(
  catalog: readonly Endpoint[],
  { types }: Service,
  { region, wanted }: { region: string; wanted: Interface },
): URL | undefined {
  const candidates = types.flatMap((type) => catalog.filter((endpoint) => endpoint.type === type));
  const found = candidates.find(
    (endpoint) => endpoint.interface === wanted && [region, ''].includes(endpoint.region),
  );
  if (found === undefined) return undefined;
  const url = new URL(found.url);
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

function objectsIn(value: unknown): JsonObject[] {
  const isObject = (item: unknown): item is JsonObject => typeof item === 'object' && item !== null;
  return Array.isArray(value) ? value.filter(isObject) : [];
}
