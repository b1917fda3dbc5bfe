import type { JsonObject } from '#domain';

import { type Answer, jsonAnswer } from '../http/answer.js';
import { PlannedFailures } from '../http/planned-failures.js';
import {
  type SimulatedCall,
  type SimulatedRequest,
  type SimulatedService,
  SimulatorServer,
} from '../http/simulator-server.js';

const REGIONS = ['north-1', 'south-1'] as const;
const MAX_LIMIT = 500;
const SERVER_STATES = ['active', 'active', 'shutdown', 'building', 'failed', 'deleting', 'paused'] as const;
const DISK_STATES = ['ready', 'ready', 'creating', 'failed', 'deleting', 'detached'] as const;
const CREATED = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

export interface TemplateSimulatorOptions {
  /** How many there are of everything in each region. */
  perRegion?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** How long every answer is held back, in milliseconds. */
  latencyMs?: number;
  /** Told one line for each call; never anything secret. */
  log?: (line: string) => void;
}

/** A running simulated cloud. */
export interface TemplateSimulator {
  readonly url: string;
  readonly accessKey: string;
  readonly secret: string;
  readonly failures: PlannedFailures;
  /** Calls by path, failed ones included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Takes a right from the access key: `disks:read`. */
  deny(right: string): void;
  /** Refuses the next calls, and says when to come again. */
  throttleNext(count: number, retryAfterSeconds: number): void;
  /** Deletes a server or a disk. */
  remove(id: string): void;
  /** Knows no marker any more that was given out. */
  forgetMarkers(): void;
  close(): Promise<void>;
}

/** Starts a simulated cloud. */
export async function startTemplateSimulator(
  options: TemplateSimulatorOptions = {},
): Promise<TemplateSimulator> {
  const { perRegion = 3, host = '127.0.0.1', port = 0, latencyMs = 0, log } = options;
  const service = new TemplateService(perRegion);
  const server = new SimulatorServer(service, { host, port, certificate: undefined, latencyMs, log });
  const { accessKey, secret, failures } = service;
  return {
    url: await server.listen(),
    accessKey,
    secret,
    failures,
    requests: server.requests,
    deny: (right) => void service.denied.add(right),
    throttleNext(count, retryAfterSeconds) {
      const headers = { 'Retry-After': String(retryAfterSeconds) };
      const answer = refusal(429, 'rate_limited', { message: 'Too many requests.', headers });
      failures.failNext(count, { kind: 'answer', answer });
    },
    remove: (id) => void service.removed.add(id),
    forgetMarkers: () => (service.markerEpoch += 1),
    close: () => server.close(),
  };
}

/** A server or a disk. */
type SimulatedItem = JsonObject & { id: string };

class TemplateService implements SimulatedService {
  readonly accessKey = 'AK-SIMULATED';
  readonly secret = 'simulated-secret';
  readonly failures = new PlannedFailures();
  readonly denied = new Set<string>();
  readonly removed = new Set<string>();
  markerEpoch = 0;

  constructor(private readonly perRegion: number) {}

  read({ method, url, headers }: SimulatedRequest): SimulatedCall | Answer {
    if (method !== 'GET') return refusal(405, 'method_not_allowed');
    const isKnown =
      headers['x-access-key'] === this.accessKey && headers.authorization === `Bearer ${this.secret}`;
    if (!isKnown) return refusal(401, 'invalid_credentials');
    return { name: url.pathname, answer: () => this.answerTo(url) };
  }

  takeFailure(call: string) {
    return this.failures.take(call);
  }

  private answerTo({ pathname, searchParams }: URL): Answer {
    if (pathname === '/v1/regions') {
      return jsonAnswer(200, { regions: REGIONS.map((id) => ({ id, name: id.replace('-', ' ') })) });
    }
    if (pathname === '/v1/servers') return this.list('servers', serverOf, searchParams);
    if (pathname === '/v1/disks') return this.list('disks', diskOf, searchParams);
    return refusal(404, 'not_found');
  }

  private list(
    kind: string,
    make: (region: string, number: number) => SimulatedItem,
    query: URLSearchParams,
  ): Answer {
    if (this.denied.has(`${kind}:read`))
      return refusal(403, 'forbidden', { message: `${kind}:read is missing` });
    const region = query.get('region') ?? '';
    const limit = Number(query.get('limit') ?? MAX_LIMIT);
    if (!REGIONS.some((known) => known === region)) return refusal(400, 'unknown_region');
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return refusal(400, 'bad_limit');
    const begin = this.numberBehind(query.get('marker'));
    if (begin === undefined) return refusal(400, 'unknown_marker');
    const items: SimulatedItem[] = [];
    let number = begin;
    for (; number < this.perRegion && items.length < limit; number += 1) {
      const item = make(region, number);
      if (!this.removed.has(item.id)) items.push(item);
    }
    const marker =
      number < this.perRegion ? { next_marker: `${String(this.markerEpoch)}-${String(number)}` } : {};
    return jsonAnswer(200, { items, ...marker });
  }

  private numberBehind(marker: string | null): number | undefined {
    if (marker === null) return 0;
    const [epoch, number] = marker.split('-').map(Number);
    return epoch === this.markerEpoch ? number : undefined;
  }
}

function serverOf(region: string, number: number): SimulatedItem {
  return {
    id: `srv-${region}-${String(number)}`,
    name: `server ${String(number)}`,
    state: SERVER_STATES[number % SERVER_STATES.length] ?? 'active',
    zone: `${region}a`,
    created_at: new Date(CREATED + number * DAY_MS).toISOString(),
    addresses: [`10.0.${String(number >> 8)}.${String(number % 256)}`],
    labels: { role: number % 2 === 0 ? 'web' : 'database' },
    disk_ids: [`dsk-${region}-${String(number)}`],
  };
}

function diskOf(region: string, number: number): SimulatedItem {
  return {
    id: `dsk-${region}-${String(number)}`,
    name: `disk ${String(number)}`,
    state: DISK_STATES[number % DISK_STATES.length] ?? 'ready',
    created_at: new Date(CREATED + number * DAY_MS).toISOString(),
    size_gb: 10 * (number + 1),
  };
}

function refusal(
  status: number,
  code: string,
  { message = code, headers = {} }: { message?: string; headers?: Answer['headers'] } = {},
): Answer {
  return jsonAnswer(status, { error: { code, message } }, headers);
}
