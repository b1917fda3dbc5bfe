import { type Answer, jsonAnswer } from '../http/answer.js';
import type { HttpFailure } from '../http/planned-failures.js';
import type { SimulatedCall, SimulatedRequest, SimulatedService } from '../http/simulator-server.js';
import type { SignatureCheck } from './request-signature.js';
import type { RmsEstate } from './rms-estate.js';
import type { RmsFaults } from './rms-faults.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 200;
const MIN_MARKER_LENGTH = 4;
const MAX_MARKER_LENGTH = 400;
const MAX_SERVER_IDS = 100;

interface Route {
  name: string;
  path: RegExp;
  /** The IAM action that it needs. */
  action?: string;
  answer: (request: SimulatedRequest, inPath: string) => Answer;
}

/** What a simulated Huawei Cloud is made of. */
export interface RmsServiceParts {
  estate: RmsEstate;
  faults: RmsFaults;
  signatures: SignatureCheck;
  domainId: string;
  domainName: string;
}

/** Config, IAM and ECS, as far as inventories need them. */
export class RmsService implements SimulatedService {
  private readonly routes: readonly Route[];

  constructor(private readonly parts: RmsServiceParts) {
    const config = (name: string) => new RegExp(`^/v1/resource-manager/domains/([^/]+)/${name}$`);
    this.routes = [
      {
        name: 'ListAllResources',
        path: config('all-resources'),
        action: 'rms:resources:list',
        answer: (request) => this.listResources(request),
      },
      {
        name: 'ListRegions',
        path: config('regions'),
        action: 'rms:resources:list',
        answer: () => this.listRegions(),
      },
      {
        name: 'ShowTrackerConfig',
        path: config('tracker-config'),
        action: 'rms:trackerConfig:get',
        answer: () => this.showRecorder(),
      },
      { name: 'KeystoneListAuthDomains', path: /^\/v3\/auth\/domains$/, answer: () => this.listDomains() },
      { name: 'KeystoneListAuthProjects', path: /^\/v3\/auth\/projects$/, answer: () => this.listProjects() },
      {
        name: 'ListServersDetails',
        path: /^\/v1\/([^/]+)\/cloudservers\/detail$/,
        action: 'ecs:cloudServers:list',
        answer: (request, project) => this.listServers(request, project),
      },
    ];
  }

  read(request: SimulatedRequest): SimulatedCall | Answer {
    const { pathname } = request.url;
    const route = this.routes.find(({ path }) => path.test(pathname));
    if (route === undefined || request.method !== 'GET') {
      const text = 'The API does not exist or has not been published in the environment';
      return refusal(404, 'APIGW.0101', text);
    }
    return { name: route.name, answer: () => this.answer(route, request) };
  }

  takeFailure(call: string): HttpFailure | undefined {
    return this.parts.faults.take(call);
  }

  private answer({ action, path, answer }: Route, request: SimulatedRequest): Answer {
    const problem = this.parts.signatures.refusalOf(request);
    if (problem !== undefined) return refusal(401, 'APIGW.0301', problem);
    const [, inPath = ''] = path.exec(request.url.pathname) ?? [];
    const isConfig = request.url.pathname.startsWith('/v1/resource-manager/');
    if (isConfig && inPath !== this.parts.domainId) {
      return refusal(400, 'RMS.00010008', 'DomainId is illegal.');
    }
    if (action !== undefined && this.parts.faults.deniedActions.has(action)) {
      return isConfig
        ? refusal(403, 'RMS.00010006', 'Access denied.')
        : jsonAnswer(403, { error: { code: 'Ecs.0003', message: `Policy doesn't allow ${action}.` } });
    }
    return answer(request, inPath);
  }

  private listDomains(): Answer {
    const { domainId: id, domainName: name } = this.parts;
    return jsonAnswer(200, { domains: [{ id, name, enabled: true, description: '' }], links: {} });
  }

  private listProjects(): Answer {
    const own = this.parts.estate.regions.filter(({ projectId }) => projectId !== undefined);
    const projects = own.map(({ id, projectId }) => ({ id: projectId, name: id }));
    const all = [...projects, { id: 'a7f00000000000000000000000000000', name: 'MOS' }];
    return jsonAnswer(200, {
      projects: all.map((project) => ({ ...project, domain_id: this.parts.domainId, enabled: true })),
      links: {},
    });
  }

  private listRegions(): Answer {
    return jsonAnswer(200, {
      value: this.parts.estate.regions.map(({ id, name }) => ({ region_id: id, display_name: name })),
    });
  }

  private showRecorder(): Answer {
    if (!this.parts.estate.hasRecorder) {
      return refusal(404, 'RMS.00010005', 'Resource not found.');
    }
    return jsonAnswer(200, {
      channel: { smn: null, obs: { bucket_name: 'records', bucket_prefix: null, region_id: 'cn-north-4' } },
      selector: { all_supported: true, resource_types: [] },
      retention_period_in_days: 2_557,
      agency_name: 'rms_tracker_agency',
    });
  }

  private listResources({ url: { searchParams: query } }: SimulatedRequest): Answer {
    const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
    if (!(limit >= 1)) return refusal(400, 'RMS.00010024', 'The minimum value of limit must be 1.');
    if (limit > MAX_LIMIT) return refusal(400, 'RMS.00010025', 'The maximum value of limit must be 200.');
    const region = query.get('region_id');
    if (region !== null && !this.mayLookInto(region)) {
      return refusal(400, 'RMS.00010001', 'Some region is restricted to access.');
    }
    const type = query.get('type');
    if (type !== null && this.parts.faults.unknownTypes.has(type)) {
      return refusal(400, 'RMS.00010002', 'Resource type invalid.');
    }
    const scope = `${String(this.parts.faults.markerEpoch)} ${String(region)} ${String(type)} `;
    const first = firstOf(query.get('marker'), scope);
    if (first === undefined) return refusal(400, 'RMS.00010034', 'marker is illegal.');
    const found = this.parts.estate.resources.filter(
      (resource) =>
        (region === null || resource.region_id === region) &&
        (type === null || `${resource.provider}.${resource.type}` === type),
    );
    // Behind an id, so that what is created or deleted meanwhile moves nothing to another page.
    const sorted = found.map((resource) => ({ key: `${resource.type} ${resource.id}`, resource }));
    sorted.sort(({ key }, { key: other }) => (key < other ? -1 : 1));
    const rest = sorted.filter(({ key }) => key > first);
    const page = rest.slice(0, limit);
    const marker = Buffer.from(scope + (page.at(-1)?.key ?? '')).toString('base64');
    return jsonAnswer(200, {
      resources: page.map(({ resource }) => resource),
      page_info: { current_count: page.length, next_marker: rest.length > limit ? marker : null },
    });
  }

  private mayLookInto(region: string): boolean {
    if (this.parts.faults.restrictedRegions.has(region)) return false;
    return region === 'global' || this.parts.estate.regions.some(({ id }) => id === region);
  }

  private listServers({ url, headers }: SimulatedRequest, project: string): Answer {
    const region = this.parts.estate.regions.find(({ projectId }) => projectId === project);
    if (region === undefined || headers['x-project-id'] !== project) {
      return jsonAnswer(403, {
        error: { code: 'Ecs.0003', message: 'The project is not that of the request.' },
      });
    }
    const ids = url.searchParams.getAll('server_id');
    if (ids.length === 0 || ids.length > MAX_SERVER_IDS) {
      return jsonAnswer(400, {
        badRequest: { code: 400, message: 'The simulator wants 1 to 100 values of server_id.' },
      });
    }
    const servers = ids.map(
      (id) =>
        this.parts.estate.servers.get(id) ?? {
          id,
          status: null,
          name: null,
          addresses: null,
          fault: { code: 404, message: `Instance ${id} could not be found.` },
        },
    );
    return jsonAnswer(200, { count: servers.length, servers });
  }
}

/** What a page begins behind; `undefined` for a marker of another listing, or of another time. */
function firstOf(marker: string | null, scope: string): string | undefined {
  if (marker === null) return '';
  if (marker.length < MIN_MARKER_LENGTH || marker.length > MAX_MARKER_LENGTH) return undefined;
  const text = Buffer.from(marker, 'base64').toString();
  return text.startsWith(scope) ? text.slice(scope.length) : undefined;
}

function refusal(status: number, code: string, message: string): Answer {
  return jsonAnswer(
    status,
    { error_code: code, error_msg: message, request_id: 'b1946ac92492d2347c6235b4d2611184' },
    { 'X-Request-Id': 'b1946ac92492d2347c6235b4d2611184' },
  );
}
