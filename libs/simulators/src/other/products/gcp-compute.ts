import { createPublicKey, verify } from 'node:crypto';

import type { JsonObject } from '#domain';

import { type Answer, jsonAnswer } from '../../http/answer.js';
import type { SimulatedRequest } from '../../http/simulator-server.js';
import { numberIn, type RestCloud, type RestRoute } from '../rest-simulator.js';

const ACCESS_TOKEN = 'ya29.simulated-access-token';
const PROJECT = 'shop-prod';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ZONE = 'zones/europe-west1-b';

/** What a simulated project of Google Cloud has. */
export interface GcpProject {
  /** The service account and its key. */
  email: string;
  publicKeyPem: string;
  instances: readonly JsonObject[];
  disks: readonly JsonObject[];
  networks: readonly JsonObject[];
  /** A zone that does not answer. */
  unreachableZone?: string;
}

/**
 * Google's token endpoint and Compute Engine's API: lists over all zones by zone, global ones as they are; empty
 * lists are left out.
 * @see https://cloud.google.com/compute/docs/reference/rest/v1/instances/aggregatedList
 */
export function gcpCompute(project: GcpProject): RestCloud {
  const base = `/compute/v1/projects/${PROJECT}`;
  const aggregated = (key: string, records: readonly JsonObject[]): RestRoute => ({
    path: `${base}/aggregated/${key}`,
    answer: (request) => aggregatedPage(key, records, request, project.unreachableZone),
  });
  return {
    refuse: ({ headers }) =>
      headers.authorization === `Bearer ${ACCESS_TOKEN}` ? undefined : googleError(401, 'UNAUTHENTICATED'),
    routes: [
      { method: 'POST', path: '/token', isPublic: true, answer: (request) => tokenFor(project, request) },
      aggregated('instances', project.instances),
      aggregated('disks', project.disks),
      {
        path: `${base}/global/networks`,
        answer: () =>
          jsonAnswer(200, {
            kind: 'compute#networkList',
            ...(project.networks.length === 0 ? {} : { items: project.networks }),
          }),
      },
    ],
  };
}

function googleError(code: number, status: string): Answer {
  return jsonAnswer(code, { error: { code, message: `${status} (simulated)`, status } });
}

function aggregatedPage(
  key: string,
  records: readonly JsonObject[],
  request: SimulatedRequest,
  unreachable: string | undefined,
): Answer {
  const size = numberIn(request, 'maxResults', 500);
  const first = Number((request.url.searchParams.get('pageToken') ?? 'token-0').slice('token-'.length));
  const page = records.slice(first, first + size);
  const none = { warning: { code: 'NO_RESULTS_ON_PAGE', message: 'There are no results for scope.' } };
  const items: JsonObject = {
    'zones/us-central1-a': none,
    [ZONE]: page.length === 0 ? none : { [key]: page },
    ...(unreachable === undefined
      ? {}
      : { [`zones/${unreachable}`]: { warning: { code: 'UNREACHABLE', message: 'Unreachable' } } }),
  };
  const next = first + size < records.length ? { nextPageToken: `token-${String(first + size)}` } : {};
  return jsonAnswer(200, { kind: `compute#${key}AggregatedList`, items, ...next });
}

function tokenFor({ email, publicKeyPem }: GcpProject, { body, headers }: SimulatedRequest): Answer {
  const form = new URLSearchParams(body.toString());
  const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${claims}`),
    createPublicKey(publicKeyPem),
    Buffer.from(signature, 'base64url'),
  );
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as JsonObject;
  const isFor = said['iss'] === email && said['aud'] === `http://${headers.host ?? ''}/token`;
  const isTimely = Number(said['exp']) - Number(said['iat']) <= 3_600;
  if (!isSigned || !isFor || !isTimely || form.get('grant_type') !== GRANT) {
    return jsonAnswer(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
  }
  return jsonAnswer(200, { access_token: ACCESS_TOKEN, expires_in: 3_599, token_type: 'Bearer' });
}

const LINK = `https://www.googleapis.com/compute/v1/projects/${PROJECT}`;

/** An instance as Compute Engine describes it. */
export function gcpInstance(number: number, status = 'RUNNING'): JsonObject {
  return {
    kind: 'compute#instance',
    id: `45678901234567890${String(number)}`,
    name: `instance-${String(number)}`,
    status,
    zone: `${LINK}/${ZONE}`,
    machineType: `${LINK}/${ZONE}/machineTypes/e2-medium`,
    selfLink: `${LINK}/${ZONE}/instances/instance-${String(number)}`,
    creationTimestamp: '2024-01-02T03:04:05.678-07:00',
    networkInterfaces: [
      {
        network: `${LINK}/global/networks/default`,
        networkIP: `10.132.0.${String(number)}`,
        ...(number === 1 ? { accessConfigs: [{ natIP: '198.51.100.1', type: 'ONE_TO_ONE_NAT' }] } : {}),
      },
    ],
    ...(number === 2 ? {} : { labels: { team: 'shop' } }),
  };
}

/** A disk, and the instance that it is attached to. */
export function gcpDisk(number: number): JsonObject {
  return {
    kind: 'compute#disk',
    id: `9${String(number)}`,
    name: `disk-${String(number)}`,
    status: 'READY',
    sizeGb: '10',
    zone: `${LINK}/${ZONE}`,
    selfLink: `${LINK}/${ZONE}/disks/disk-${String(number)}`,
    ...(number === 1 ? { users: [`${LINK}/${ZONE}/instances/instance-1`] } : {}),
    creationTimestamp: '2024-01-02T03:04:05.678-07:00',
  };
}

/** A network. */
export function gcpNetwork(name: string): JsonObject {
  return { kind: 'compute#network', id: '77', name, selfLink: `${LINK}/global/networks/${name}` };
}
