import type { JsonObject } from '#domain';

import { type Answer, jsonAnswer } from '../http/answer.js';
import type { HttpFailure } from '../http/planned-failures.js';
import type {
  SimulatedCall,
  SimulatedRequest,
  SimulatedService as Served,
} from '../http/simulator-server.js';
import { type IssuedToken, type Keystone, unauthorized } from './keystone.js';
import { listPage } from './list-page.js';
import { compareIds, type OpenstackEstate, type SimulatedItem } from './openstack-estate.js';
import type { OpenstackFaults } from './openstack-faults.js';
import { SIMULATED_SERVICES, type SimulatedList, type SimulatedService } from './services.js';

const KEYSTONE = '/identity/v3';
const NOVA_MINIMUM = 1;
/** From which microversion on servers have their flavors in them. */
const FLAVORS_SINCE = 47;
/** From which on the servers of a cell that is down are told, if by little more than their ids. */
const DOWN_CELLS_SINCE = 69;
/** From which on Nova refuses parameters that it doesn't know. */
const STRICT_SINCE = 75;
const PAGING = ['limit', 'marker', 'offset'];
const CHANGES_SINCE = 'changes-since';

/** How a simulated cloud is set up. */
export interface OpenstackServiceOptions {
  /** In front of every path: `/cloud`. */
  prefix: string;
  /** The scheme under which the catalog's URLs are. */
  scheme: 'http' | 'https';
  /** The minor number of Nova's newest microversion; 0: it has none. */
  newestMicroversion: number;
  /** What a page has at most. */
  maxLimit: number;
}

interface ListRequest {
  service: SimulatedService;
  list: SimulatedList;
  region: string;
  request: SimulatedRequest;
}

/** A simulated OpenStack: Keystone and the services, each region's under its name, at one address. */
export class OpenstackService implements Served {
  /** As services behind uWSGI's own HTTP server, Debian's among them; behind Apache they do. */
  readonly tellsTime = false;

  constructor(
    private readonly estate: OpenstackEstate,
    private readonly keystone: Keystone,
    private readonly faults: OpenstackFaults,
    private readonly options: OpenstackServiceOptions,
  ) {}

  takeFailure(call: string): HttpFailure | undefined {
    return this.faults.take(call);
  }

  read(request: SimulatedRequest): SimulatedCall | Answer {
    const { prefix, scheme } = this.options;
    const { pathname } = request.url;
    if (!pathname.startsWith(`${prefix}/`)) return notFound();
    const path = pathname.slice(prefix.length);
    if (path.startsWith(`${KEYSTONE}/`)) {
      const origin = `${scheme}://${request.headers.host ?? ''}${prefix}`;
      const rest = path.slice(KEYSTONE.length);
      const name =
        rest === '/auth/projects' ? 'ListProjects' : request.method === 'POST' ? 'SignIn' : 'ShowToken';
      return { name, answer: () => this.keystone.answer(rest, request, origin) };
    }
    const [, region = '', below = ''] = /^\/([^/]+)(\/.*)$/.exec(path) ?? [];
    return this.readService({ region: region === '-' ? '' : region, below, request });
  }

  private readService(target: {
    region: string;
    below: string;
    request: SimulatedRequest;
  }): SimulatedCall | Answer {
    const { region, below, request } = target;
    if (below === '/compute/v2.1/') return { name: 'ShowVersion', answer: () => this.version(request) };
    for (const service of SIMULATED_SERVICES) {
      const root = new RegExp(
        `^${service.root.replaceAll('.', '\\.').replace('{project}', '([0-9a-f]+)')}(/.*)$`,
      );
      const found = root.exec(below);
      const list = service.lists.find(({ path }) => path === found?.at(-1));
      if (list === undefined) continue;
      const projectId = found?.length === 3 ? found[1] : undefined;
      const answer = () => this.list({ service, list, region, request }, projectId);
      return { name: list.call, answer };
    }
    return notFound();
  }

  private version(request: SimulatedRequest): Answer {
    if (this.tokenOf(request) === undefined) return unauthorized();
    const { newestMicroversion: newest } = this.options;
    const versions = newest === 0 ? ['', ''] : [`2.${String(newest)}`, `2.${String(NOVA_MINIMUM)}`];
    const [version = '', min_version = ''] = versions;
    return jsonAnswer(200, { version: { id: 'v2.1', status: 'CURRENT', version, min_version } });
  }

  private list(asked: ListRequest, projectId: string | undefined): Answer {
    const { service, list, request } = asked;
    const token = this.tokenOf(request);
    if (token?.project === undefined) return service.type === 'image' ? htmlFault(401) : unauthorized();
    if (projectId !== undefined && projectId !== token.project.id)
      return this.fault(service, 400, 'Malformed request url');
    const refusal = this.refusalOf(asked, token);
    if (refusal !== undefined) return refusal;
    const items = this.visible(asked, token);
    const page = listPage(items, request.url.searchParams, {
      maxLimit: this.options.maxLimit,
      isByOffset: list.isByOffset === true,
    });
    if (page === 'limit') return this.fault(service, 400, 'Invalid input for query parameters limit');
    if (page === 'marker') {
      const marker = request.url.searchParams.get('marker') ?? '';
      const text =
        service.goneStatus === 404 ? `Thing ${marker} could not be found.` : `marker [${marker}] not found`;
      return this.fault(service, service.goneStatus, text);
    }
    const documents = page.items.map((item) => this.documentOf(item, asked));
    const last = page.items.at(-1)?.id ?? '';
    return jsonAnswer(200, { [list.collection]: documents, ...(page.hasNext ? nextOf(list, last) : {}) });
  }

  private refusalOf({ service, list, request }: ListRequest, token: IssuedToken): Answer | undefined {
    const minor = microversionOf(request);
    const newest = Math.max(this.options.newestMicroversion, NOVA_MINIMUM);
    if (service.type === 'compute' && minor > newest) {
      const text = `Version 2.${String(minor)} is not supported by the API. Minimum is 2.1.`;
      return jsonAnswer(406, { computeFault: { code: 406, message: text } });
    }
    const { searchParams: query } = request.url;
    const [flag, value] = list.allProjects?.query ?? [];
    const isEverything = flag !== undefined && query.get(flag) === value;
    const isRefused =
      this.faults.denied.has(list.call) ||
      ((list.isAdministrative === true || (isEverything && list.path !== '/os-server-groups')) &&
        !this.keystone.isAdministrator(token));
    if (isRefused) return this.fault(service, 403, "Policy doesn't allow it to be performed.");
    const changes = list.tellsChanges === true ? [CHANGES_SINCE] : [];
    const known = [...PAGING, ...Object.keys(list.sort ?? {}), flag, 'is_public', ...changes];
    const unknown = [...query.keys()].find((name) => !known.includes(name));
    if (service.type === 'compute' && minor >= STRICT_SINCE && unknown !== undefined) {
      return this.fault(service, 400, `Additional properties are not allowed ('${unknown}' was unexpected)`);
    }
    return undefined;
  }

  /** What the token's user is shown, in the order that was asked for: by itself each list has another one. */
  private visible({ service, list, region, request }: ListRequest, token: IssuedToken): SimulatedItem[] {
    const { searchParams: query } = request.url;
    const isAdministrator = this.keystone.isAdministrator(token);
    const [flag, value] = list.allProjects?.query ?? [];
    const asked =
      list.allProjects === undefined ||
      (flag !== undefined && query.get(flag) === value) ||
      request.headers[list.allProjects.header ?? ''] === 'true';
    const owner = query.get(service.ownerParameter ?? '');
    const since = list.tellsChanges === true ? query.get(CHANGES_SINCE) : null;
    const items = this.itemsOf(list, since).filter((item) => {
      if (item.region !== region) return false;
      if (list.isOfUser === true) return item.owner === token.user;
      if (owner !== null && item.owner !== owner) return false;
      return (isAdministrator && asked) || item.isShared || item.owner === token.project?.id;
    });
    const isSorted = Object.entries(list.sort ?? {}).every(([name, way]) => query.get(name) === way);
    return isSorted ? items : items.reverse();
  }

  /** All that is there, or what has changed since a time, with what was deleted since. */
  private itemsOf({ collection }: SimulatedList, since: string | null): readonly SimulatedItem[] {
    const items = this.estate.items(collection);
    if (since === null) return items;
    return [...items, ...(this.estate.deleted?.(collection) ?? [])]
      .filter(
        ({ document: { updated } }) =>
          typeof updated === 'string' && Date.parse(updated) >= Date.parse(since),
      )
      .sort(compareIds);
  }

  private documentOf({ id, document }: SimulatedItem, { list, request }: ListRequest): JsonObject {
    if (list.call !== 'ListServers') return document;
    const minor = microversionOf(request);
    if (this.faults.downServers.has(id) && minor >= DOWN_CELLS_SINCE) {
      const { tenant_id: tenant = null, created = null } = document;
      return { id, status: 'UNKNOWN', tenant_id: tenant, created, links: [] };
    }
    if (minor >= FLAVORS_SINCE) return document;
    const { id: flavor = 'flavor-of-old' } = document['flavor'] as { id?: string };
    return { ...document, flavor: { id: flavor, links: [] } };
  }

  private tokenOf({ headers }: SimulatedRequest): IssuedToken | undefined {
    const id = headers['x-auth-token'];
    return this.keystone.use(typeof id === 'string' ? id : undefined);
  }

  /** Each service has its own way to say what is wrong. */
  private fault({ type }: SimulatedService, status: 400 | 403 | 404, message: string): Answer {
    const headers = { 'x-openstack-request-id': 'req-00000000-0000-4000-8000-000000000000' };
    switch (type) {
      case 'image':
        return htmlFault(status, message);
      case 'network':
        return jsonAnswer(status, { NeutronError: { type: 'Refused', message, detail: '' } }, headers);
      case 'load-balancer':
        return jsonAnswer(status, { faultcode: 'Client', faultstring: message, debuginfo: null }, headers);
      case 'dns':
        return jsonAnswer(status, { code: status, type: 'refused', message }, headers);
      case 'container-infra':
        return jsonAnswer(status, { errors: [{ status, title: 'Refused', detail: message }] }, headers);
      default:
        return jsonAnswer(status, { [FAULT_NAMES[status]]: { code: status, message } }, headers);
    }
  }
}

const FAULT_NAMES = { 400: 'badRequest', 403: 'forbidden', 404: 'itemNotFound' } as const;

/** Without the header it is the first. */
function microversionOf({ headers }: SimulatedRequest): number {
  const version = headers['openstack-api-version'];
  return Number(/^compute 2\.(\d+)$/.exec(typeof version === 'string' ? version : '')?.[1] ?? NOVA_MINIMUM);
}

/** Links lead to a host that only the cloud itself knows, as they do behind many a proxy. */
function nextOf({ collection, path, next = 'links' }: SimulatedList, marker: string): JsonObject {
  const href = `http://internal.invalid${path}?marker=${marker}`;
  if (next === 'none') return {};
  if (next === 'next') return { next: href };
  return collection === 'zones'
    ? { links: { next: href } }
    : { [`${collection}_links`]: [{ rel: 'next', href }] };
}

function htmlFault(status: number, text = ''): Answer {
  const page = `<html>\n <head>\n  <title>${String(status)} Refused</title>\n </head>\n <body>\n  <h1>${String(status)} Refused</h1>\n  ${text}<br /><br />\n </body>\n</html>`;
  return { status, headers: { 'Content-Type': 'text/html; charset=UTF-8' }, parts: [page] };
}

function notFound(): Answer {
  return jsonAnswer(404, { itemNotFound: { code: 404, message: 'The resource could not be found.' } });
}
