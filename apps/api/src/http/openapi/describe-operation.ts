import { describeRefusals } from './describe-refusals.js';
import { generalRefusals } from './general-refusals.js';
import { type Refusal, REFUSALS } from './refuses-with.js';

/** An operation as @nestjs/swagger has made it of decorators. */
export interface Operation {
  parameters?: Parameter[];
  responses: Record<string, Response>;
  security?: object[];
  'x-required-action'?: string;
  [REFUSALS]?: Refusal[];
}

interface Parameter {
  $ref?: string;
  in?: string;
  schema?: object;
}

export interface Response {
  $ref?: string;
  headers?: object;
}

const IAM_PATH = '/v3/';
/** What load balancers ask as often as they like. */
const PROBES = ['/healthz', '/readyz'];
const RATE_LIMITS = ['RateLimit-Policy', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];
const parameter = (name: string): Parameter => ({ $ref: `#/components/parameters/${name}` });
const header = (name: string) => ({ $ref: `#/components/headers/${name}` });

/** An operation with what the API's edge takes and answers for every such operation. */
export function describeOperation(path: string, method: string, declared: Operation): Operation {
  const { [REFUSALS]: ownRefusals = [], ...operation } = declared;
  const secured = operation.security !== undefined;
  const keyed = secured && method === 'post';
  const limited = !PROBES.includes(path);
  const action = operation['x-required-action'];
  const refusals = generalRefusals({
    secured,
    keyed,
    limited,
    hasPathParameters: path.includes('{'),
    ...(action === undefined ? {} : { action }),
  });
  const successes = mapValues(operation.responses, (response) =>
    withHeaders(response, keyed ? { 'Idempotency-Replayed': header('IdempotencyReplayed') } : {}),
  );
  const everywhere = {
    'X-Request-Id': header('RequestId'),
    ...(limited ? Object.fromEntries(RATE_LIMITS.map((name) => [name, header(name)])) : {}),
    ...(path.startsWith(IAM_PATH) ? { 'X-IAM-Trace-Id': header('IamTraceId') } : {}),
  };
  return {
    ...operation,
    parameters: [
      ...(operation.parameters ?? []).map(withPathFormat),
      ...(secured ? [parameter('DomainId')] : []),
      ...(keyed ? [parameter('IdempotencyKey')] : []),
    ],
    responses: mapValues({ ...successes, ...describeRefusals([...ownRefusals, ...refusals]) }, (response) =>
      withHeaders(response, everywhere),
    ),
  };
}

/** All ids in paths are UUIDs; what is none is answered as one that does not exist. */
function withPathFormat(parameter: Parameter): Parameter {
  if (parameter.in !== 'path') return parameter;
  return { ...parameter, schema: { ...parameter.schema, format: 'uuid' } };
}

function withHeaders(response: Response, headers: object): Response {
  return { ...response, headers: { ...headers, ...response.headers } };
}

function mapValues<T>(values: Record<string, T>, map: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
