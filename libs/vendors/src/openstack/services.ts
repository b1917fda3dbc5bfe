/** A service that Muster lists something of. */
export interface Service {
  /** For people, and before the slash of the gate's name. */
  name: string;
  /** Its types in the catalog, of which the first that is there counts: clouds differ, and older ones say `volumev3`. */
  types: readonly string[];
  /** What has to stand behind the catalog's URL. */
  root: (url: URL, projectId: string) => string;
}

/** Whether a path ends in a version, and perhaps a project behind it: `/compute/v2.1/4f0e…`. */
const VERSION = /\/v\d+(\.\d+)?(\/|$)/;

/** The URL as it is where it names a version, else with one. */
const versioned =
  (version: string) =>
  ({ pathname }: URL): string =>
    VERSION.test(pathname) ? pathname : `${pathname.replace(/\/$/, '')}/${version}`;

/** The services. A URL's path comes without slashes at its end, but for one that is nothing else. */
export const SERVICES = {
  compute: { name: 'compute', types: ['compute'], root: versioned('v2.1') },
  blockStorage: {
    name: 'block-storage',
    types: ['block-storage', 'volumev3', 'block-store', 'volume'],
    // Before microversion 3.67 the project has to be in the path.
    root: (url, projectId) => {
      const path = versioned('v3')(url);
      return path.endsWith('/v3') ? `${path}/${projectId}` : path;
    },
  },
  image: { name: 'image', types: ['image'], root: versioned('v2') },
  network: { name: 'network', types: ['network'], root: versioned('v2.0') },
  loadBalancer: {
    name: 'load-balancer',
    types: ['load-balancer'],
    root: (url) => {
      const path = versioned('v2')(url);
      return path.endsWith('/lbaas') ? path : `${path}/lbaas`;
    },
  },
  dns: { name: 'dns', types: ['dns'], root: versioned('v2') },
  containerInfra: {
    name: 'container-infra',
    types: ['container-infra', 'container-infrastructure-management', 'container-infrastructure'],
    root: versioned('v1'),
  },
  share: {
    name: 'share',
    types: ['shared-file-system', 'sharev2', 'share'],
    root: versioned('v2'),
  },
} as const satisfies Readonly<Record<string, Service>>;

export type ServiceKey = keyof typeof SERVICES;
