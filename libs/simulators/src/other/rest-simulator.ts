import { type Answer, jsonAnswer } from '../http/answer.js';
import { PlannedFailures } from '../http/planned-failures.js';
import { type SimulatedCall, type SimulatedRequest, SimulatorServer } from '../http/simulator-server.js';
import { selfSignedCertificate } from '../http/tls-certificate.js';

/** What a REST API answers at a path. */
export interface RestRoute {
  /** Default: GET. */
  method?: 'GET' | 'POST';
  path: string;
  /** Tells apart what shares a path: `DescribeInstances`. Default: the path. */
  name?: string;
  /** Whether it is this one, of those that share a path. */
  isMeant?: (request: SimulatedRequest) => boolean;
  /** Served without a look at who asks. */
  isPublic?: boolean;
  answer: (request: SimulatedRequest) => Answer;
}

/** A REST API: who may call it, and what it has. */
export interface RestCloud {
  /** The API's answer to who may not call it; `undefined` for who may. */
  refuse: (request: SimulatedRequest) => Answer | undefined;
  routes: readonly RestRoute[];
}

export interface RestSimulatorOptions {
  /** Serves HTTPS with a certificate of its own. Default: HTTP. */
  tls?: boolean;
  latencyMs?: number;
}

/** A running simulated REST API. */
export interface RestSimulator {
  readonly url: string;
  /** The certificate to trust; empty without TLS. */
  readonly caPem: string;
  readonly faults: PlannedFailures;
  /** Calls by name, failed ones included. */
  readonly requests: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Serves a REST API. */
export async function startRestSimulator(
  cloud: RestCloud,
  { tls = false, latencyMs = 0 }: RestSimulatorOptions = {},
): Promise<RestSimulator> {
  const faults = new PlannedFailures();
  const certificate = tls ? await selfSignedCertificate(HOST) : undefined;
  const service = {
    read: (request: SimulatedRequest) => callOf(cloud, request),
    takeFailure: (call: string) => faults.take(call),
  };
  const options = { host: HOST, port: 0, certificate, latencyMs, log: undefined };
  const server = new SimulatorServer(service, options);
  const url = await server.listen();
  return {
    url,
    caPem: certificate?.certificatePem ?? '',
    faults,
    requests: server.requests,
    close: () => server.close(),
  };
}

function callOf({ refuse, routes }: RestCloud, request: SimulatedRequest): SimulatedCall | Answer {
  const route = routes.find(
    ({ method = 'GET', path, isMeant }) =>
      method === request.method && path === request.url.pathname && isMeant?.(request) !== false,
  );
  if (route === undefined) return jsonAnswer(404, { message: 'There is nothing at this path.' });
  const { name = route.path, isPublic = false, answer } = route;
  return { name, answer: () => (isPublic ? undefined : refuse(request)) ?? answer(request) };
}

/** A whole number of the query. */
export function numberIn({ url }: SimulatedRequest, name: string, otherwise: number): number {
  const value = Number(url.searchParams.get(name) ?? otherwise);
  return Number.isInteger(value) && value >= 0 ? value : otherwise;
}

/** The path and query of a request with other parameters. */
export function sameWith({ url }: SimulatedRequest, parameters: Readonly<Record<string, string>>): string {
  const next = new URL(url);
  for (const [name, value] of Object.entries(parameters)) next.searchParams.set(name, value);
  return next.pathname + next.search;
}
