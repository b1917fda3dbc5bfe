import type { JsonObject } from '#domain';

import { type Answer, jsonAnswer } from '../http/answer.js';
import type { HttpFailure } from '../http/planned-failures.js';
import type { SimulatedCall, SimulatedRequest, SimulatedService } from '../http/simulator-server.js';
import type { SignatureCheck } from '../rms/request-signature.js';
import { type HcsEstate, type HcsKind, idOf, type SimulatedHcsProject } from './hcs-estate.js';
import type { HcsFaults } from './hcs-faults.js';

/** How a service pages a list. */
type Style = 'marker' | 'page' | 'offset' | 'whole';

interface ListRoute {
  name: string;
  path: RegExp;
  kind: HcsKind;
  list: string;
  style: Style;
  maxLimit: number;
  /** Whether it refuses markers of what is gone. Default: it does. */
  isStrict?: boolean;
  /** Parameters without which the list would have more in it. */
  expects?: Readonly<Record<string, string>>;
}

const PROJECT = '([\\da-f]{32})';
const vpcRoute = (name: string, segment: string, kind: HcsKind): ListRoute => ({
  name,
  path: new RegExp(`^/v1/${PROJECT}/${segment}$`),
  kind,
  list: segment.replace('-', '_'),
  style: 'marker',
  isStrict: false,
  maxLimit: 2_000,
});

const ROUTES: readonly ListRoute[] = [
  {
    name: 'ListServers',
    path: new RegExp(`^/v2\\.1/${PROJECT}/servers/detail$`),
    kind: 'servers',
    list: 'servers',
    style: 'marker',
    maxLimit: 1_000,
    expects: { 'not-tags': '__type_baremetal' },
  },
  {
    name: 'ListBareMetalServers',
    path: new RegExp(`^/v1/${PROJECT}/baremetalservers/detail$`),
    kind: 'bareMetal',
    list: 'servers',
    style: 'page',
    maxLimit: 1_000,
  },
  {
    name: 'ListVolumes',
    path: new RegExp(`^/v2/${PROJECT}/cloudvolumes/detail$`),
    kind: 'volumes',
    list: 'volumes',
    style: 'marker',
    maxLimit: 1_000,
  },
  vpcRoute('ListVpcs', 'vpcs', 'vpcs'),
  vpcRoute('ListSubnets', 'subnets', 'subnets'),
  vpcRoute('ListSecurityGroups', 'security-groups', 'securityGroups'),
  vpcRoute('ListPublicips', 'publicips', 'publicips'),
  {
    name: 'ListPorts',
    path: /^\/v2\.0\/ports$/,
    kind: 'ports',
    list: 'ports',
    style: 'marker',
    maxLimit: 2_000,
  },
  {
    name: 'ListLoadbalancers',
    path: /^\/v2\.0\/lbaas\/loadbalancers$/,
    kind: 'loadbalancers',
    list: 'loadbalancers',
    style: 'marker',
    maxLimit: 1_000,
  },
  {
    name: 'ListImages',
    path: /^\/v2\/cloudimages$/,
    kind: 'images',
    list: 'images',
    style: 'marker',
    maxLimit: 100,
    expects: { __imagetype: 'private' },
  },
  {
    name: 'ListClusters',
    path: new RegExp(`^/api/v3/projects/${PROJECT}/clusters$`),
    kind: 'clusters',
    list: 'items',
    style: 'whole',
    maxLimit: Infinity,
  },
  {
    name: 'ListInstances',
    path: new RegExp(`^/v3/${PROJECT}/instances$`),
    kind: 'databases',
    list: 'instances',
    style: 'offset',
    maxLimit: 100,
  },
];

/** What a simulated Huawei Cloud Stack is made of. */
export interface HcsServiceParts {
  estate: HcsEstate;
  faults: HcsFaults;
  signatures: SignatureCheck;
  domainId: string;
}

/** IAM and the services of all regions, as far as inventories need them. */
export class HcsService implements SimulatedService {
  constructor(private readonly parts: HcsServiceParts) {}

  read(request: SimulatedRequest): SimulatedCall | Answer {
    const { pathname } = request.url;
    if (request.method === 'GET' && pathname === '/v3/projects') {
      return { name: 'ListProjects', answer: () => this.signed(request, () => this.listProjects()) };
    }
    if (request.method === 'GET' && pathname === '/v3/regions') {
      return { name: 'ListRegions', answer: () => this.signed(request, () => this.listRegions()) };
    }
    const route = ROUTES.find(({ path }) => path.test(pathname));
    if (route === undefined || request.method !== 'GET') return absent();
    return { name: route.name, answer: () => this.signed(request, () => this.list(route, request)) };
  }

  takeFailure(call: string): HttpFailure | undefined {
    return this.parts.faults.take(call);
  }

  private signed(request: SimulatedRequest, answer: () => Answer): Answer {
    const problem = this.parts.signatures.refusalOf(request);
    return problem === undefined ? answer() : refusal(401, 'APIGW.0301', problem);
  }

  private listProjects(): Answer {
    if (this.parts.faults.missingCalls.has('ListProjects')) return absent();
    if (this.parts.faults.deniedCalls.has('ListProjects')) return forbidden('ListProjects');
    const mine = this.parts.estate.projects.map(({ id, name, isDisabled }) => ({
      id,
      name,
      enabled: isDisabled !== true,
    }));
    const all = [...mine, { id: 'a7f00000000000000000000000000000', name: 'MOS', enabled: true }];
    const projects = all.map((project) => ({ ...project, domain_id: this.parts.domainId }));
    return jsonAnswer(200, { projects, links: {} });
  }

  private listRegions(): Answer {
    if (this.parts.faults.missingCalls.has('ListRegions')) return absent();
    const regions = this.parts.estate.regions.map((id) => ({
      id,
      locales: { 'en-us': id, 'zh-cn': id },
      type: 'public',
    }));
    return jsonAnswer(200, { regions, links: {} });
  }

  private list(route: ListRoute, { url, headers }: SimulatedRequest): Answer {
    const { faults, estate } = this.parts;
    const { name, path, kind, maxLimit, expects = {} } = route;
    if (faults.missingCalls.has(name)) return absent();
    const projectId = headers['x-project-id'];
    const inPath = path.exec(url.pathname)?.[1] ?? projectId;
    const project = estate.projects.find(({ id }) => id === projectId && id === inPath);
    if (project === undefined || faults.deniedCalls.has(name)) {
      return forbidden(name);
    }
    for (const [parameter, value] of Object.entries(expects)) {
      if (url.searchParams.get(parameter) !== value) {
        return badRequest(`The simulator expects ${parameter}=${value}.`);
      }
    }
    const limit = Number(url.searchParams.get('limit') ?? 25);
    if (!(limit >= 1 && limit <= maxLimit)) return badRequest(`limit is 1 to ${String(maxLimit)}.`);
    return page(route, this.visible(kind, project), url.searchParams, limit);
  }

  /** Lists without a project in their path show those of others, too, as an administrator's key sees them. */
  private visible(kind: HcsKind, { id }: SimulatedHcsProject): JsonObject[] {
    if (kind !== 'loadbalancers' && kind !== 'ports') return this.parts.estate.list(kind, id);
    return this.parts.estate.projects
      .flatMap((project) => this.parts.estate.list(kind, project.id))
      .sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  }
}

function page(
  { list, style, isStrict = true }: ListRoute,
  all: readonly JsonObject[],
  query: URLSearchParams,
  limit: number,
): Answer {
  if (style === 'whole') return jsonAnswer(200, { kind: 'Cluster', apiVersion: 'v3', [list]: [...all] });
  if (style === 'marker') {
    const marker = query.get('marker');
    if (marker !== null && !all.some((item) => idOf(item) === marker)) {
      // Some services say that they don't know it, others that nothing is behind it.
      return isStrict ? badRequest(`marker [${marker}] not found`) : jsonAnswer(200, { [list]: [] });
    }
    const rest = all.filter((item) => marker === null || idOf(item) > marker);
    return jsonAnswer(200, { [list]: rest.slice(0, limit) });
  }
  const offset = Number(query.get('offset') ?? 0);
  const start = style === 'page' ? Math.max(0, offset - 1) * limit : offset;
  const total = style === 'page' ? 'count' : 'total_count';
  return jsonAnswer(200, { [list]: all.slice(start, start + limit), [total]: all.length });
}

function absent(): Answer {
  const text = 'The API does not exist or has not been published in the environment';
  return refusal(404, 'APIGW.0101', text);
}

function forbidden(call: string): Answer {
  return jsonAnswer(403, { forbidden: { code: 403, message: `Policy doesn't allow ${call}.` } });
}

function badRequest(message: string): Answer {
  return jsonAnswer(400, { badRequest: { code: 400, message } });
}

function refusal(status: number, code: string, message: string): Answer {
  return jsonAnswer(status, { error_code: code, error_msg: message, request_id: 'simulated' });
}
