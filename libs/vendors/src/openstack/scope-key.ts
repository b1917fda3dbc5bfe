/**
 * What a scope lists of a region: all projects, as administrators see them; one project; or what projects see and none
 * of them owns: public images, shared networks, flavors.
 */
export type Extent = { kind: 'all' } | { kind: 'shared' } | { kind: 'project'; projectId: string };

/** A region as part of a key: a catalog without regions has one, which has no name. */
const NO_REGION = '-';
const ALL = 'all';
const SHARED = 'shared';

/** A scope's key: `RegionOne/all`, `RegionOne/shared`, `RegionOne/5c0f…`. */
export function scopeKey(region: string, extent: Extent): string {
  const part = { all: ALL, shared: SHARED, project: extent.kind === 'project' ? extent.projectId : '' };
  return `${region === '' ? NO_REGION : region}/${part[extent.kind]}`;
}

/** What a key means. */
export function readScopeKey(key: string): { region: string; extent: Extent } {
  // A region's name may have a slash in it; the ids of projects are hexadecimal.
  const split = key.lastIndexOf('/');
  const region = key.slice(0, split);
  const last = key.slice(split + 1);
  const extent: Extent =
    last === ALL || last === SHARED ? { kind: last } : { kind: 'project', projectId: last };
  return { region: region === NO_REGION ? '' : region, extent };
}
