import type { ApiDocument, DocumentedOperation, Parameter, WireAnswer } from './api-document.js';
import type { FuzzedRequest } from './requests.js';

/** Why a request that the document takes may still be refused as wrong: what no schema can say. */
const BEYOND_SCHEMAS = [
  /is not supported by this version/,
  /holds a character that cannot be stored/,
  /^settings\.[\w.]+(:| must| is missing)/,
  // When a schedule is due.
  /^(cron|time_zone|jitter_seconds): /,
  // Those of another vendor than the account's.
  /^settings\.[\w.]+(, settings\.[\w.]+)* (is|are) not known here/,
  /^offset must be a whole number from 0 to 2147483647/,
  /is nested more than/,
  // Where messages may be posted to.
  /^url: /,
  /^marker must be the id of the last (cell|item)/,
  // Of a vendor whose secrets are shorter than the longest of all, or which don't belong to the key.
  /^sk must be (shorter than or equal to \d+ characters|the secret|sent with this ak)/,
  // A time that is none, and names that every object has by birth, in what a source posts.
  /^resources\.\d+\.created_at gives/,
  /^resources\.\d+\.(tags|properties)\..* is not known here$/s,
  /^pages is missing: with complete/,
];
const WRONG_INPUT = 'COC.00010002';

/**
 * What is wrong with an answer: that it is not as the document describes it, that a request was taken which the
 * document does not take, or refused as wrong which it does. Undefined when nothing is.
 */
export function judge(
  document: ApiDocument,
  operation: DocumentedOperation,
  request: FuzzedRequest,
  answer: WireAnswer,
): string | undefined {
  const { status, body } = answer;
  if (status >= 500) return `a fault of ours: ${String(status)} ${JSON.stringify(body)}`;
  const problem = document.problemOf(operation, answer);
  if (problem !== undefined) return problem;
  const wrong = whatIsWrong(document, operation, request);
  if (status < 400) return wrong.length === 0 ? undefined : `taken, although wrong: ${wrong.join(', ')}`;
  const error = body as { error_code: string; error_msg: string; request_id: string };
  const { error_code: code, error_msg: message } = error;
  if (error.request_id !== answer.headers.get('x-request-id')) return 'its request_id is another';
  const shownInside = /\n\s+at |node_modules|\.[jt]s:\d|prisma|SELECT |FST_|\[object/i.exec(message);
  if (shownInside !== null) return `the message shows our inside: ${message}`;
  if (code !== WRONG_INPUT || wrong.length > 0 || isOddlySent(request)) return undefined;
  return BEYOND_SCHEMAS.some((reason) => reason.test(message))
    ? undefined
    : `refused, although right: ${message}`;
}

/** Whether it is wrong in a way that has nothing to do with a schema. */
function isOddlySent({ junk, tail, headers }: FuzzedRequest): boolean {
  return junk !== '' || tail.length > 0 || headers['Content-Type'] !== 'application/json';
}

/** The parts of a request that are not as the document wants them. */
function whatIsWrong(
  document: ApiDocument,
  operation: DocumentedOperation,
  request: FuzzedRequest,
): string[] {
  const wrong = operation.parameters.filter(
    (parameter) => !isGiven(document, parameter, valueIn(request, parameter)),
  );
  const names = wrong.map(({ name }) => name);
  return [
    ...names,
    ...unknownIn(operation, request),
    ...(isBodyRight(document, operation, request) ? [] : ['the body']),
  ];
}

function isGiven(document: ApiDocument, { required, schema }: Parameter, value: unknown): boolean {
  if (value === undefined) return !required;
  return document.takesValue(schema, value);
}

function valueIn({ path, query, headers }: FuzzedRequest, { name, in: where, schema }: Parameter): unknown {
  if (where === 'path') return path[name];
  if (where === 'header') return headers[name]?.trim();
  const values = query.flatMap(([given, value]) => (given === name ? value : []));
  const [first] = values;
  // Clients send an empty value for a parameter that they don't set.
  if (first === undefined || (values.length === 1 && first === '')) return undefined;
  if (schema['type'] === 'array') return values;
  return values.length > 1 ? values : fromText(schema['type'], first);
}

function fromText(type: unknown, text: string): unknown {
  if (type === 'integer') return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true' || text === 'false' ? text === 'true' : text;
  return text;
}

/** What a query has that nobody knows. Where there are no parameters at all, nobody looks. */
function unknownIn({ parameters }: DocumentedOperation, { query }: FuzzedRequest): string[] {
  const known = parameters.flatMap(({ name, in: where }) => (where === 'query' ? name : []));
  if (known.length === 0) return [];
  return query.flatMap(([name]) => (known.includes(name) ? [] : `?${name}`));
}

function isBodyRight(
  document: ApiDocument,
  operation: DocumentedOperation,
  { body }: FuzzedRequest,
): boolean {
  // Where there should be none, it has to be JSON all the same.
  if (operation.body === undefined && (body ?? '') === '') return true;
  try {
    const value: unknown = JSON.parse(body ?? '');
    return operation.body === undefined || document.takesBody(operation, value);
  } catch {
    return false;
  }
}
