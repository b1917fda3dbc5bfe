import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

import { type FileDocument, mappingOfColumns } from '../file/file-document.js';
import { compileExpression, ExpressionError } from '../mapping/expression.js';
import type { PushDocument } from '../push/push-document.js';
import type {
  ConnectorDocument,
  ErrorsDocument,
  MappingDocument,
  StreamDocument,
} from './connector-document.js';
import { CONNECTOR_SCHEMA, FILE_SCHEMA, PUSH_SCHEMA } from './connector-schema.js';
import { MAX_CONNECTOR_CHARACTERS } from './connector-text.js';
import { placeholdersIn } from './template.js';

/** So many fit into an answer of the API. */
const MAX_PROBLEMS = 3;

interface Validators {
  api: ValidateFunction<ConnectorDocument>;
  file: ValidateFunction<FileDocument>;
  push: ValidateFunction<PushDocument>;
}

let validators: Validators | undefined;

/** Compiled when they are first needed: most processes never see a connector. */
function compiledValidators(): Validators {
  const ajv = () => new Ajv({ allErrors: true, verbose: true, discriminator: true, allowUnionTypes: true });
  validators ??= {
    api: ajv().compile<ConnectorDocument>(CONNECTOR_SCHEMA),
    file: ajv().compile<FileDocument>(FILE_SCHEMA),
    push: ajv().compile<PushDocument>(PUSH_SCHEMA),
  };
  return validators;
}

/**
 * What is wrong with a connector, each with the path of what is meant: `connector.streams[0].records must …`. None
 * where it can be used.
 */
export function connectorProblems(value: unknown): string[] {
  const { api: isDocument, file: isFile, push: isPush } = compiledValidators();
  if (typeof value === 'object' && JSON.stringify(value).length > MAX_CONNECTOR_CHARACTERS) {
    return [`connector must have at most ${String(MAX_CONNECTOR_CHARACTERS)} characters`];
  }
  if (typeof value === 'object' && value !== null && 'format' in value) {
    return isFile(value)
      ? firstOf(fileProblems(value))
      : firstOf((isFile.errors ?? []).flatMap(describeError));
  }
  if (typeof value === 'object' && value !== null && 'source' in value) {
    return isPush(value) ? [] : firstOf((isPush.errors ?? []).flatMap(describeError));
  }
  if (!isDocument(value)) return firstOf((isDocument.errors ?? []).flatMap(describeError));
  return firstOf([...documentProblems(value), ...value.streams.flatMap(streamProblems)]);
}

function firstOf(problems: readonly string[]): string[] {
  const different = [...new Set(problems)];
  const shown = different.slice(0, MAX_PROBLEMS);
  const more = different.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${String(more)} more`];
}

/** `/streams/0/name` as users write it. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => path + (/^\d+$/.test(part) ? `[${part}]` : `.${part}`), 'connector');
}

interface ErrorParameters {
  missingProperty?: string;
  additionalProperty?: string;
  allowedValue?: unknown;
  allowedValues?: unknown[];
  limit?: number;
  type?: string | string[];
  propertyName?: string;
  tag?: string;
  tagValue?: unknown;
}

function describeError(error: ErrorObject): string[] {
  const { keyword, instancePath, message = 'is wrong' } = error;
  const path = pathOf(instancePath);
  const params = error.params as ErrorParameters;
  const schema = error.parentSchema as { properties?: object; description?: string; oneOf?: object[] };
  switch (keyword) {
    case 'required':
      return [`${path}.${params.missingProperty ?? ''} is missing`];
    case 'additionalProperties': {
      const known = Object.keys(schema.properties ?? {}).join(', ');
      return [`${path}.${params.additionalProperty ?? ''} is not known here (known: ${known})`];
    }
    case 'enum':
      return [`${path} must be one of ${(params.allowedValues ?? []).join(', ')}`];
    case 'const':
      return [`${path} must be ${JSON.stringify(params.allowedValue)}`];
    case 'discriminator':
      return [
        `${path}.${params.tag ?? ''} must be one of ${valuesOf(schema.oneOf ?? [], params.tag).join(', ')}`,
      ];
    case 'pattern':
      return [`${path} ${error.propertyName ?? ''} ${schema.description ?? message}`.replace('  ', ' ')];
    case 'type':
      return [`${path} must be ${[params.type].flat().map(withArticle).join(' or ')}`];
    case 'minLength':
      return [`${path} must not be empty`];
    case 'maxLength':
      return [`${path} must have at most ${String(params.limit)} characters`];
    case 'propertyNames': // said by the pattern of the name
      return [];
    default:
      return [`${path} ${message}`];
  }
}

/** The values of the field that tells alternatives apart. */
function valuesOf(alternatives: readonly object[], tag = ''): unknown[] {
  return alternatives.map(
    (one) => (one as { properties: Record<string, { const: unknown }> }).properties[tag]?.const,
  );
}

function withArticle(type: string | undefined): string {
  if (type === 'array') return 'a list';
  return /^[aeiou]/.test(type ?? '') ? `an ${type ?? ''}` : `a ${type ?? ''}`;
}

/** Headers that the connection or the authentication sets. */
const RESERVED_HEADERS = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function fileProblems(document: FileDocument): string[] {
  if (document.format === 'terraform_state') return [];
  const mapping = document.format === 'csv' ? mappingOfColumns(document.mapping) : document.mapping;
  return mappingProblems(mapping, 'connector.mapping');
}

function mappingProblems({ relations = [], ...fields }: MappingDocument, path: string): string[] {
  return [
    ...expressionProblems(fields, path),
    ...relations.flatMap(({ id }, number) =>
      expressionProblems({ id }, `${path}.relations[${String(number)}]`),
    ),
  ];
}

function documentProblems(document: ConnectorDocument): string[] {
  const { auth, headers, errors, streams } = document;
  const names = streams.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  return [
    ...(repeated === undefined ? [] : [`connector.streams has two streams of the name ${repeated}`]),
    ...insecureProblems(document),
    ...(auth.type === 'header' ? headerValueProblems(auth.value) : []),
    ...headerProblems(headers, 'connector.headers', []),
    ...errorsProblems(errors, 'connector.errors'),
  ];
}

/** Secrets go over TLS, unless the document says that they need not. */
function insecureProblems({
  base_url,
  auth,
  allow_insecure_http: isAllowed,
  streams,
}: ConnectorDocument): string[] {
  if (auth.type === 'none' || isAllowed === true) return [];
  const urls: [string, string | undefined][] = [
    ['connector.base_url', base_url],
    ['connector.auth.token_url', 'token_url' in auth ? auth.token_url : undefined],
    ...streams.map((stream, index): [string, string | undefined] => [
      `connector.streams[${String(index)}].base_url`,
      stream.base_url,
    ]),
  ];
  return urls
    .filter(([, url]) => url?.startsWith('http:') === true)
    .map(([path]) => `${path} must be https, as a secret goes there; or set connector.allow_insecure_http`);
}

function headerValueProblems(value: string): string[] {
  const names = placeholdersIn(value);
  return [
    ...(names.includes('sk') ? [] : ['connector.auth.value must hold ${sk}, the account’s secret']),
    ...names
      .filter((name) => name !== 'ak' && name !== 'sk')
      .map((name) => `connector.auth.value may hold \${ak} and \${sk}, not \${${name}}`),
  ];
}

function headerProblems(
  headers: Readonly<Record<string, string>> | undefined,
  path: string,
  known: readonly string[],
): string[] {
  return Object.entries(headers ?? {}).flatMap(([name, value]) => [
    ...(RESERVED_HEADERS.has(name.toLowerCase())
      ? [`${path}.${name} cannot be set here: secrets belong into connector.auth`]
      : []),
    ...placeholderProblems(value, `${path}.${name}`, known),
  ]);
}

/** Secrets stand nowhere but in `auth`: what is asked for is logged, kept in checkpoints and shown. */
function placeholderProblems(value: unknown, path: string, known: readonly string[]): string[] {
  if (typeof value === 'string') {
    return placeholdersIn(value)
      .filter((name) => !known.includes(name))
      .map((name) =>
        name === 'sk' || name === 'ak'
          ? `${path} may not hold \${${name}}: only connector.auth may`
          : `${path} holds \${${name}}, which is not known here${name === 'partition' ? ': the stream has no partitions' : ''}`,
      );
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    placeholderProblems(inner, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`, known),
  );
}

function errorsProblems(errors: ErrorsDocument | undefined, path: string): string[] {
  return expressionProblems({ code: errors?.code, message: errors?.message }, path);
}

function streamProblems(stream: StreamDocument, index: number): string[] {
  const path = `connector.streams[${String(index)}]`;
  const { request, pagination, mapping, records, partitions, errors } = stream;
  const known = partitions === undefined ? [] : ['partition'];
  const { path: requestPath, query, headers, body } = request;
  const isPartitionUsed = placeholdersIn(JSON.stringify(request)).includes('partition');
  return [
    ...placeholderProblems({ path: requestPath, query, body }, `${path}.request`, known),
    ...headerProblems(headers, `${path}.request.headers`, known),
    ...(partitions === undefined || isPartitionUsed
      ? []
      : [`${path}.request must hold \${partition}, or all partitions would list the same`]),
    ...(body !== undefined && request.method !== 'POST'
      ? [`${path}.request.method must be POST, as there is a body`]
      : []),
    ...('in' in pagination && pagination.in === 'body' && request.method !== 'POST'
      ? [`${path}.pagination.in cannot be body: ${path}.request.method is not POST`]
      : []),
    ...expressionProblems({ records }, path),
    ...expressionProblems(pagingExpressions(stream), `${path}.pagination`),
    ...mappingProblems(mapping, `${path}.mapping`),
    ...errorsProblems(errors, `${path}.errors`),
  ];
}

const PAGING_EXPRESSIONS = ['total', 'total_pages', 'last', 'cursor', 'has_more', 'next'];

function pagingExpressions({ pagination }: StreamDocument): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(pagination).filter(([name]) => PAGING_EXPRESSIONS.includes(name)),
  ) as Record<string, string | undefined>;
}

function expressionProblems(
  expressions: Readonly<Record<string, string | undefined>>,
  path: string,
): string[] {
  return Object.entries(expressions).flatMap(([name, source]) => {
    if (source === undefined) return [];
    try {
      compileExpression(source);
      return [];
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return [`${path}.${name} ${error.message}`];
    }
  });
}
