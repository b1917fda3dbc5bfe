import type { JsonObject } from '#domain';
import type { OfferedScope, VendorAgent } from '#vendor-kit';

import { textAt } from '../shared/huawei-api/document.js';
import { factsOf, type HuaweiCall, type HuaweiClient, listIn } from '../shared/huawei-api/huawei-client.js';
import { HuaweiError } from '../shared/huawei-api/huawei-error.js';
import { pathOf } from '../shared/huawei-signing/sign-request.js';
import { type HcsService, OPTIONAL_SERVICES, serviceOrigin } from './endpoints.js';
import { apiOf } from './quotas.js';
import type { HcsSettings } from './settings.js';

/** Regions become part of host names. */
const REGION_ID = /^[a-z\d]+(-[a-z\d]+)*$/i;
/** A project of object storage's own, in which nothing is that is listed. */
const NOT_A_PROJECT = 'MOS';
/** What IAM answers where its lists are not for this key, or not published at all. */
const NOT_TOLD = [403, 404];

/** A project in its region: what everything is listed in. */
export interface ProjectScope {
  region: string;
  projectId: string;
}

/** A project, as IAM describes it. */
interface Project {
  id: string;
  name: string;
}

/** What a connection is made of. */
export interface HcsConnectionParts {
  client: Pick<HuaweiClient, 'get'>;
  agent: VendorAgent;
  settings: HcsSettings;
  /** How many items are asked for at once, if the service gives as many. */
  pageSize: number;
}

/** One account's connection. It keeps nothing on which a listing's completeness depends. */
export class HcsConnection {
  readonly pageSize: number;

  constructor(private readonly parts: HcsConnectionParts) {
    this.pageSize = parts.pageSize;
  }

  /** A call of a service of a region, of something in a project. */
  serviceCall(service: HcsService, { region, projectId }: ProjectScope, path: string): HuaweiCall {
    return {
      api: apiOf(service, region),
      operation: `${service.toUpperCase()}'s list of ${path.split('/').findLast((part) => part !== 'detail') ?? ''}`,
      origin: serviceOrigin(service, region, this.parts.settings),
      path,
      scope: { 'x-project-id': projectId },
    };
  }

  /**
   * Calls a service.
   * @throws {HuaweiError} as `HuaweiClient.get`; `SERVICE_HOST_NOT_FOUND` for a service that this stack does without
   */
  async get(call: HuaweiCall, signal: AbortSignal): Promise<JsonObject> {
    try {
      return await this.parts.client.get(call, signal);
    } catch (error) {
      const isOptional = OPTIONAL_SERVICES.some((service) => call.api.startsWith(`${service}/`));
      if (!isOptional || !(error instanceof HuaweiError) || error.code !== 'ENOTFOUND') throw error;
      // A name service that is out of order knows none of the hosts: then this fails, too.
      await this.#visibleProjects(signal);
      throw new HuaweiError('SERVICE_HOST_NOT_FOUND', error.facts, { cause: error });
    }
  }

  /**
   * Checks the key: by IAM, or where that doesn't tell projects, and the settings name some, by a call of a service.
   * @throws {HuaweiError} when it is refused, or nothing says what to list
   */
  async check(signal: AbortSignal): Promise<void> {
    if ((await this.#visibleProjects(signal)) !== undefined) return;
    const [place] = this.#namedPlaces([], []);
    const path = pathOf('v1', place?.projectId ?? '', 'vpcs');
    const call = this.serviceCall('vpc', place ?? this.#home, path);
    await this.parts.client.get({ ...call, query: [['limit', '1']] }, signal).catch((error: unknown) => {
      // The key is known, then, and each type says for itself what it lacks.
      if (!(error instanceof HuaweiError) || !NOT_TOLD.includes(error.facts.status ?? 0)) throw error;
    });
  }

  /** The projects that the settings name, or that the key may see, each in its region. */
  async scopes(signal: AbortSignal): Promise<OfferedScope[]> {
    const visible = (await this.#visibleProjects(signal)) ?? [];
    const regions = await this.#regions(signal);
    const isNamed = this.parts.settings.projects !== undefined;
    const places = isNamed
      ? this.#namedPlaces(visible, regions)
      : visible.map(({ id, name }) => ({ region: this.#regionOf(name, regions), projectId: id }));
    if (places.length === 0) throw new HuaweiError('NO_PROJECT', factsOf(this.#iamCall('projects')));
    const names = new Map(visible.map(({ id, name }) => [id, name]));
    return places
      .map(({ region, projectId }) => {
        return { key: `${region}/${projectId}`, name: names.get(projectId) ?? projectId, region };
      })
      .sort(({ key }, { key: other }) => (key < other ? -1 : 1));
  }

  async close(): Promise<void> {
    await this.parts.agent.destroy();
  }

  get #home(): ProjectScope {
    return { region: this.parts.settings.home_region, projectId: '' };
  }

  /** `undefined` where IAM doesn't tell, and the settings name projects. */
  async #visibleProjects(signal: AbortSignal): Promise<Project[] | undefined> {
    const call = this.#iamCall('projects');
    try {
      return projectsIn(await this.parts.client.get(call, signal), call);
    } catch (error) {
      if (!(error instanceof HuaweiError) || !NOT_TOLD.includes(error.facts.status ?? 0)) throw error;
      if (this.parts.settings.projects !== undefined) return undefined;
      throw error.facts.status === 404
        ? new HuaweiError('WRONG_ENDPOINT', error.facts, { cause: error })
        : error;
    }
  }

  /** The ids of all regions; none where this cloud doesn't tell them. */
  async #regions(signal: AbortSignal): Promise<string[]> {
    const call = this.#iamCall('regions');
    try {
      const regions = listIn(await this.parts.client.get(call, signal), 'regions', call);
      return regions.flatMap((region) => textAt(region, 'id') ?? []);
    } catch (error) {
      if (error instanceof HuaweiError && NOT_TOLD.includes(error.facts.status ?? 0)) return [];
      throw error;
    }
  }

  /** The projects of the settings: `region/id`, or an id alone, whose region its name tells. */
  #namedPlaces(visible: readonly Project[], regions: readonly string[]): ProjectScope[] {
    return (this.parts.settings.projects ?? []).map((named) => {
      const { region, projectId } = placeOf(named.includes('/') ? named : `/${named}`);
      const name = visible.find(({ id }) => id === projectId)?.name ?? '';
      return { region: region === '' ? this.#regionOf(name, regions) : region, projectId };
    });
  }

  /**
   * Projects are called as their region, or as that with a name of the user's behind it: `sa-fb-1_shop`. One that is
   * called otherwise is taken for the home region's. Regions that the cloud doesn't tell can be in the settings.
   */
  #regionOf(projectName: string, told: readonly string[]): string {
    const { home_region: home, regions: wanted = [] } = this.parts.settings;
    return (
      [...told, home, ...wanted]
        .filter((id) => REGION_ID.test(id) && (projectName === id || projectName.startsWith(`${id}_`)))
        .sort((one, other) => other.length - one.length)[0] ?? home
    );
  }

  #iamCall(name: 'projects' | 'regions'): HuaweiCall {
    const { home_region: region } = this.parts.settings;
    return {
      api: apiOf('iam', region),
      operation: `IAM's list of ${name}`,
      ...(name === 'projects' ? { action: 'iam:projects:listProjects' } : {}),
      origin: serviceOrigin('iam', region, this.parts.settings),
      path: pathOf('v3', name),
    };
  }
}

/** The place that a scope's key is. */
export function placeOf(key: string): ProjectScope {
  const [region = '', projectId = ''] = key.split('/');
  return { region, projectId };
}

/** Those that are at work: of a disabled one nothing is listed, and its rows stay. */
function projectsIn(answer: JsonObject, call: HuaweiCall): Project[] {
  return listIn(answer, 'projects', call).flatMap((project) => {
    const [id, name] = [textAt(project, 'id'), textAt(project, 'name')];
    if (id === undefined || name === undefined) throw new HuaweiError('MALFORMED_ANSWER', factsOf(call));
    return name === NOT_A_PROJECT || (project as JsonObject)['enabled'] === false ? [] : [{ id, name }];
  });
}
