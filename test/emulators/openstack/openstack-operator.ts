import { setTimeout as delay } from 'node:timers/promises';

import type { OpenstackLab } from './openstack-lab.js';

const POLL_MS = 500;
const WAIT_MS = 5 * 60 * 1000;

/** What plain GETs list, by id: name and state. */
export type Listed = Map<string, string>;

type Document = Record<string, unknown>;

interface Listing {
  service: string;
  path: string;
  collection: string;
  /** What asks for all projects. */
  everything?: string;
  /** Default: `id`. */
  idOf?: (item: Document, userId: string) => string;
}

const status = ({ status: word }: Document): string => (typeof word === 'string' ? word : '');

/** Where each of our types is, in as plain a call as there is: without limit, marker, order or filter. */
export const LISTINGS = {
  cloudservers: {
    service: 'compute',
    path: '/servers/detail',
    collection: 'servers',
    everything: 'all_tenants=1',
  },
  flavors: {
    service: 'compute',
    path: '/flavors/detail',
    collection: 'flavors',
    everything: 'is_public=None',
  },
  keypairs: {
    service: 'compute',
    path: '/os-keypairs',
    collection: 'keypairs',
    idOf: ({ keypair }, userId) => `${userId}/${String((keypair as Document)['name'])}`,
  },
  serverGroups: {
    service: 'compute',
    path: '/os-server-groups',
    collection: 'server_groups',
    everything: 'all_projects=true',
  },
  volumes: {
    service: 'block-storage',
    path: '/volumes/detail',
    collection: 'volumes',
    everything: 'all_tenants=1',
  },
  snapshots: {
    service: 'block-storage',
    path: '/snapshots/detail',
    collection: 'snapshots',
    everything: 'all_tenants=1',
  },
  images: { service: 'image', path: '/v2/images?limit=1000', collection: 'images' },
  vpcs: { service: 'network', path: '/v2.0/networks', collection: 'networks' },
  subnets: { service: 'network', path: '/v2.0/subnets', collection: 'subnets' },
  routers: { service: 'network', path: '/v2.0/routers', collection: 'routers' },
  networkInterfaces: { service: 'network', path: '/v2.0/ports', collection: 'ports' },
  publicips: { service: 'network', path: '/v2.0/floatingips', collection: 'floatingips' },
  securityGroups: { service: 'network', path: '/v2.0/security-groups', collection: 'security_groups' },
  loadbalancers: { service: 'load-balancer', path: '/v2/lbaas/loadbalancers', collection: 'loadbalancers' },
} satisfies Readonly<Record<string, Listing>>;

/** What only administrators may list. */
export const HYPERVISORS: Listing = {
  service: 'compute',
  path: '/os-hypervisors/detail',
  collection: 'hypervisors',
  idOf: ({ hypervisor_hostname: name }) => String(name),
};

/** A user in a project of an OpenStack, who calls its APIs by `fetch` and nothing of ours. */
export class OpenstackOperator {
  private constructor(
    readonly projectId: string,
    private readonly userId: string,
    private readonly signIn: () => Promise<string>,
    private readonly urls: ReadonlyMap<string, string>,
    private token: string,
  ) {}

  static async signIn(lab: OpenstackLab, user: string, project: string): Promise<OpenstackOperator> {
    const domain = { name: 'Default' };
    const identity = {
      methods: ['password'],
      password: { user: { name: user, domain, password: lab.password } },
    };
    const auth = { identity, scope: { project: { name: project, domain } } };
    const post = async () => {
      const answer = await fetch(`${lab.authUrl}/auth/tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ auth }),
      });
      if (answer.status !== 201)
        throw new Error(`${user} may not sign in to ${project}: ${await answer.text()}`);
      return answer;
    };
    const again = async () => (await post()).headers.get('x-subject-token') ?? '';
    const answer = await post();
    const { token } = (await answer.json()) as {
      token: {
        user: { id: string };
        project: { id: string };
        catalog: { type: string; endpoints: { interface: string; url: string }[] }[];
      };
    };
    const urls = token.catalog.map(({ type, endpoints }) => {
      const url = endpoints.find((endpoint) => endpoint.interface === 'public')?.url ?? '';
      return [type, url] as const;
    });
    const id = answer.headers.get('x-subject-token') ?? '';
    return new OpenstackOperator(token.project.id, token.user.id, again, new Map(urls), id);
  }

  /** Calls a service, with a new token where the last one has ended. */
  async call<Answer = Document>(
    service: string,
    path: string,
    body?: object,
    method?: string,
  ): Promise<Answer> {
    const send = () =>
      fetch(`${this.urls.get(service) ?? ''}${path}`, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          'x-auth-token': this.token,
          'content-type': 'application/json',
          'openstack-api-version': service === 'compute' ? 'compute 2.79' : 'volume 3.60',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    let answer = await send();
    if (answer.status === 401) {
      this.token = await this.signIn();
      answer = await send();
    }
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method ?? ''} ${service}${path}: ${String(answer.status)} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Answer;
  }

  async list(listing: Listing, isEverything = false): Promise<Listed> {
    const { service, path, collection, everything, idOf = ({ id }) => String(id) } = listing;
    const query = isEverything && everything !== undefined ? `?${everything}` : '';
    const items = (await this.call<Record<string, Document[]>>(service, `${path}${query}`))[collection] ?? [];
    return new Map(items.map((item) => [idOf(item, this.userId), status(item)]));
  }

  /** The ids of those with this name. */
  async named(listing: Listing, name: string): Promise<string[]> {
    const answer = await this.call<Record<string, Document[]>>(listing.service, listing.path);
    const items = answer[listing.collection] ?? [];
    const nameOf = (item: Document) => ((item['keypair'] as Document | undefined) ?? item)['name'];
    return items.filter((item) => nameOf(item) === name).map(({ id }) => String(id));
  }

  /** Waits until something is so. */
  static async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (const end = performance.now() + WAIT_MS; performance.now() < end;) {
      if (await isSo()) return;
      await delay(POLL_MS);
    }
    throw new Error(`${what}: not in time`);
  }
}
