import type { JsonObject } from '#domain';

import { jsonAnswer } from '../../http/answer.js';
import type { SimulatedRequest } from '../../http/simulator-server.js';
import { numberIn, type RestCloud } from '../rest-simulator.js';

/**
 * The API of a Kubernetes cluster: lists of chunks that a `continue` token joins, and that expire.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 * @param lists by path and kind: `{ 'api/v1/nodes NodeList': […] }`
 * @param isExpired whether the tokens given so far are expired
 */
export function kubernetes(
  token: string,
  lists: Readonly<Record<string, readonly JsonObject[]>>,
  isExpired: () => boolean = () => false,
): RestCloud {
  const refuse = ({ headers }: SimulatedRequest) =>
    headers.authorization === `Bearer ${token}` ? undefined : statusOf(401, 'Unauthorized');
  return {
    refuse,
    routes: Object.entries(lists).map(([name, items]) => {
      const [path = '', kind = ''] = name.split(' ');
      return {
        path: `/${path}`,
        answer: (request) =>
          request.url.searchParams.has('continue') && isExpired()
            ? statusOf(410, 'Expired')
            : listOf(kind, items, request),
      };
    }),
  };
}

function statusOf(code: number, reason: string) {
  return jsonAnswer(code, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: reason,
    reason,
    code,
  });
}

function listOf(kind: string, items: readonly JsonObject[], request: SimulatedRequest) {
  const limit = numberIn(request, 'limit', items.length) || items.length;
  const token = Buffer.from(request.url.searchParams.get('continue') ?? '', 'base64url').toString();
  const first = Number(token);
  const remaining = items.length - first - limit;
  const goesOn = Buffer.from(String(first + limit)).toString('base64url');
  return jsonAnswer(200, {
    kind,
    apiVersion: 'v1',
    metadata: {
      resourceVersion: '10245',
      ...(remaining > 0 ? { continue: goesOn, remainingItemCount: remaining } : {}),
    },
    items: items.slice(first, first + limit),
  });
}

/** A node. What changes by itself is in it, too. */
export function kubernetesNode(number: number, isReady = true): JsonObject {
  return {
    metadata: {
      name: `node-${String(number)}`,
      uid: `6f0a7e1c-0000-4000-8000-${String(number).padStart(12, '0')}`,
      resourceVersion: String(Date.now()),
      creationTimestamp: '2024-05-06T07:08:09Z',
      labels: { 'topology.kubernetes.io/region': 'eu', 'topology.kubernetes.io/zone': 'eu-1' },
    },
    spec: { podCIDR: `10.42.${String(number)}.0/24`, providerID: `sim://node-${String(number)}` },
    status: {
      capacity: { cpu: '4', memory: '16Gi' },
      conditions: [
        { type: 'MemoryPressure', status: 'False' },
        { type: 'Ready', status: isReady ? 'True' : 'Unknown', lastHeartbeatTime: new Date().toISOString() },
      ],
      addresses: [
        { type: 'InternalIP', address: `10.0.0.${String(number)}` },
        { type: 'Hostname', address: `node-${String(number)}` },
      ],
      nodeInfo: { kubeletVersion: 'v1.31.2', architecture: 'amd64' },
    },
  };
}

/** A service. */
export function kubernetesService(name: string, type: string): JsonObject {
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: '2024-05-06T07:08:09Z' },
    spec: { type, ports: [{ port: 443 }] },
    status: { loadBalancer: type === 'LoadBalancer' ? { ingress: [{ ip: '198.51.100.7' }] } : {} },
  };
}

/** A persistent volume. */
export function kubernetesVolume(name: string, phase: string): JsonObject {
  return {
    metadata: { name, uid: `uid-${name}`, creationTimestamp: '2024-05-06T07:08:09Z' },
    spec: { capacity: { storage: '10Gi' }, storageClassName: 'fast' },
    status: { phase },
  };
}
