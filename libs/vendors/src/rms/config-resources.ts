import type { JsonObject, JsonValue } from '#domain';

import { factsOf, type HuaweiCall, listIn } from '../shared/huawei-api/huawei-client.js';
import { HuaweiError } from '../shared/huawei-api/huawei-error.js';
import type { RmsConnection } from './connection.js';

/** The IAM action that lists resources. */
export const LIST_ACTION = 'rms:resources:list';
const BAD_REQUEST = 400;
/** Codes of 400 that are not about the marker, whatever else there is in the call. */
const NOT_OF_THE_MARKER = ['RMS.00010001', 'RMS.00010002', 'RMS.00010003'];

/** A resource as Config describes it. */
export interface ConfigResource {
  id: string;
  name?: string | null;
  /** `ecs`. */
  provider: string;
  /** `cloudservers`. */
  type: string;
  region_id?: string | null;
  project_id?: string | null;
  created?: string | null;
  provisioning_state?: string | null;
  /** `Normal`, or `Deleted` of one that the recorder remembers. */
  state?: string | null;
  tags?: Readonly<Record<string, JsonValue>> | null;
  properties?: JsonObject | null;
  [field: string]: JsonValue | Readonly<Record<string, JsonValue>> | undefined;
}

/** What of the account's resources is asked for. */
export interface ConfigFilter {
  region: string;
  /** `ecs.cloudservers`; absent for all. */
  configType?: string | undefined;
}

export interface ConfigPage {
  resources: readonly ConfigResource[];
  /** Where it goes on. Absent on the last page. */
  marker?: string;
}

/** One page of the account's resources in a region. */
export async function configPage(
  connection: RmsConnection,
  filter: ConfigFilter,
  marker: string | undefined,
  signal: AbortSignal,
): Promise<ConfigPage> {
  const { region, configType } = filter;
  const call: HuaweiCall = {
    ...connection.configCall('all-resources', "Config's list of resources", LIST_ACTION),
    query: [
      ['limit', String(connection.pageSize)],
      ['region_id', region],
      ...(configType === undefined ? [] : [['type', configType] as const]),
      ...(marker === undefined ? [] : [['marker', marker] as const]),
    ],
  };
  const answer = await connection.client.get(call, signal).catch((error: unknown) => {
    throw marker === undefined ? error : refusedMarker(error);
  });
  const resources = listIn(answer, 'resources', call) as readonly ConfigResource[];
  const next = nextMarker(answer, resources.length, call);
  // A page that leads back to itself would be listed for ever.
  if (next !== undefined && next === marker) throw new HuaweiError('REPEATED_PAGE', factsOf(call));
  return {
    resources: resources.filter((resource) => isAsked(resource, filter)),
    ...(next === undefined ? {} : { marker: next }),
  };
}

/** Where an answer says that it goes on; one that doesn't say whether it does is no end. */
function nextMarker(answer: JsonObject, count: number, call: HuaweiCall): string | undefined {
  const info = answer['page_info'];
  if (typeof info !== 'object' || info === null || Array.isArray(info)) {
    throw new HuaweiError('MALFORMED_ANSWER', factsOf(call));
  }
  const { current_count: told, next_marker: next } = info;
  if (typeof told === 'number' && told !== count) throw new HuaweiError('TRUNCATED', factsOf(call));
  if (next === undefined || next === null || next === '') return undefined;
  if (typeof next !== 'string') throw new HuaweiError('MALFORMED_ANSWER', factsOf(call));
  return next;
}

/** `ecs.cloudservers`. */
export function configTypeOf({ provider, type }: ConfigResource): string {
  return `${provider}.${type}`;
}

/** Looked at again, so that a filter that is not heeded lists nothing in a wrong place. */
function isAsked(resource: ConfigResource, { region, configType }: ConfigFilter): boolean {
  const isType =
    configType === undefined || configTypeOf(resource).toLowerCase() === configType.toLowerCase();
  return isType && (resource.region_id || 'global') === region && resource.state?.toLowerCase() !== 'deleted';
}

/** How long a marker lives is documented nowhere. The same call was understood without it. */
function refusedMarker(error: unknown): unknown {
  if (!(error instanceof HuaweiError) || error.facts.status !== BAD_REQUEST) return error;
  if (NOT_OF_THE_MARKER.includes(error.code)) return error;
  return new HuaweiError('MARKER_REFUSED', error.facts, { cause: error });
}

/** Codes of a recorder that is not there. */
const NO_RECORDER = ['RMS.00010091', 'RMS.00010005'];
const RECORDER_TYPE = { provider: 'config', type: 'resourceRecorder' };

/**
 * The account's resource recorder, as a resource: while it is off, Config is not told what changes at the services.
 * It is there in any case, so that it can be seen to be off.
 */
export async function resourceRecorder(
  connection: RmsConnection,
  signal: AbortSignal,
): Promise<ConfigResource> {
  const action = 'rms:trackerConfig:get';
  const call = connection.configCall('tracker-config', "Config's resource recorder", action);
  const recorder = {
    id: connection.domainId,
    name: 'Resource recorder',
    ...RECORDER_TYPE,
    region_id: 'global',
  };
  try {
    return { ...recorder, properties: { ...(await connection.client.get(call, signal)), status: 'on' } };
  } catch (error) {
    if (!(error instanceof HuaweiError)) throw error;
    const { status } = error.facts;
    const isOff = (status === 404 && error.code !== 'APIGW.0101') || NO_RECORDER.includes(error.code);
    if (isOff) return { ...recorder, properties: { status: 'off' } };
    // It is no reason to list nothing.
    if (status === 403) return { ...recorder, properties: { status: 'not permitted', needs: action } };
    throw error;
  }
}
