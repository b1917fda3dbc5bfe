import { ApiError } from '../http/api-error.js';
import { IDEMPOTENCY_KEY, MAX_KEY_CHARACTERS } from '../http/idempotency-key.js';

/** A request over HTTP, as what a message asks for. */
export interface RpcRequest {
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  body?: object;
}

/** What a pattern takes beside `api_key`; `:task_id` in its path is one more. */
export interface RpcShape {
  path: string;
  query?: true;
  body?: true;
  idempotencyKey?: true;
}

/** No credential is longer; and what is no header must not become one. */
const CREDENTIAL = /^[\x21-\x7e]{1,512}$/;
/** As HTTP's path takes it: dots and slashes would make another path of it. */
const ID = /^[\w-]{1,64}$/;
/** The header of W3C Trace Context. */
const TRACEPARENT = /^[\da-f-]{55}$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;
const TASK_ID = ':task_id';

/**
 * What a message asks for.
 * @throws {ApiError} that names the field
 */
export function readRpcMessage(shape: RpcShape, message: unknown): RpcRequest {
  if (!isObject(message)) throw refuse('The message must be an object: {"api_key": "…"}');
  const known = fieldsOf(shape);
  const unknown = Object.keys(message).find((field) => !known.includes(field));
  if (unknown !== undefined) {
    throw refuse(`${unknown.slice(0, 64)} is not known here (known: ${known.join(', ')})`);
  }
  const body = message['body'] ?? {};
  if (!isObject(body)) throw refuse('body must be an object');
  return {
    path: shape.path.replace(TASK_ID, () => readId(message['task_id'])),
    query: readQuery(message['query'] ?? {}),
    headers: readHeaders(message),
    ...(shape.body === true ? { body } : {}),
  };
}

function fieldsOf({ path, query, body, idempotencyKey }: RpcShape): string[] {
  return [
    'api_key',
    ...(path.includes(TASK_ID) ? ['task_id'] : []),
    ...(query === true ? ['query'] : []),
    ...(body === true ? ['body'] : []),
    ...(idempotencyKey === true ? ['idempotency_key'] : []),
    'traceparent',
  ];
}

function readHeaders({
  api_key: apiKey,
  idempotency_key: key,
  traceparent,
}: Record<string, unknown>): Record<string, string> {
  const isKey = typeof key === 'string' && PRINTABLE_ASCII.test(key) && key.length <= MAX_KEY_CHARACTERS;
  if (key !== undefined && key !== null && !isKey) {
    throw refuse(
      `idempotency_key must be 1 to ${String(MAX_KEY_CHARACTERS)} printable ASCII characters, best a random UUID`,
    );
  }
  return {
    ...(typeof apiKey === 'string' && CREDENTIAL.test(apiKey) ? { Authorization: `Bearer ${apiKey}` } : {}),
    ...(isKey ? { [IDEMPOTENCY_KEY]: key } : {}),
    // One that is none begins a new trace, as over HTTP.
    ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
  };
}

function readId(id: unknown): string {
  if (typeof id !== 'string' || !ID.test(id)) throw refuse("task_id must be a task's id");
  return id;
}

function readQuery(query: unknown): Record<string, string | string[]> {
  if (!isObject(query)) throw refuse('query must be an object');
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((each) => readValue(name, each)) : readValue(name, value),
    ]),
  );
}

function readValue(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw refuse(`query.${name.slice(0, 64)} must be a text, a number, true, false, or a list of these`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(message: string): ApiError {
  return new ApiError('invalidParameter', message);
}
