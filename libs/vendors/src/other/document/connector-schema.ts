import { RELATION_KINDS, RESOURCE_STATUSES } from '#domain';

import { MAX_TIMEOUT_MINUTES } from '../push/push-document.js';
import { RESOURCE_TYPES } from '../resource-types.js';
import { CALL_RATES, ERROR_KINDS } from './connector-document.js';

type Schema = Readonly<Record<string, unknown>>;

const MAX_EXPRESSION = 1_000;
const MAX_TEXT = 1_000;
const MAX_URL = 2_048;
const MAX_STREAMS = 100;
const MAX_PARTITIONS = 100;
const MAX_ENTRIES = 200;

const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
/** An object with names of the user's own. */
const dictionary = (values: Schema): Schema => ({
  type: 'object',
  additionalProperties: values,
  maxProperties: MAX_ENTRIES,
});
const text = (maxLength = MAX_TEXT): Schema => ({ type: 'string', minLength: 1, maxLength });
/** Text that keeps to a pattern; `description` is what an error says of it. */
const pattern = (source: string, description: string, maxLength = MAX_TEXT): Schema => ({
  type: 'string',
  maxLength,
  pattern: source,
  description,
});
const oneOf = (values: readonly (string | number)[]): Schema => ({ enum: values });
/** Alternatives that a field tells apart, so that an error is of the one that is meant. */
const byTag = (tag: string, alternatives: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  required: [tag],
  discriminator: { propertyName: tag },
  oneOf: Object.entries(alternatives).map(([value, { properties, required }]) =>
    object({ [tag]: { const: value }, ...(properties as Record<string, Schema>) }, [
      tag,
      ...((required as string[] | undefined) ?? []),
    ]),
  ),
});
const byType = (alternatives: Readonly<Record<string, Schema>>): Schema => byTag('type', alternatives);

const expression = text(MAX_EXPRESSION);
const url = pattern(
  '^https?://[^\\s?#@\\\\]+$',
  'must be an http or https URL without user name, query and fragment',
  MAX_URL,
);
const headers: Schema = {
  ...dictionary(pattern('^[\\x20-\\x7e]*$', 'must be one line of printable ASCII')),
  propertyNames: pattern("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", 'must be the name of an HTTP header'),
};
const place = oneOf(['query', 'body']);
const start: Schema = { type: 'integer', minimum: 0, maximum: 1_000_000 };
const status = oneOf(RESOURCE_STATUSES);
const resourceType = oneOf(RESOURCE_TYPES);

const auth = byType({
  none: object({}),
  basic: object({}),
  bearer: object({}),
  header: object(
    {
      name: pattern("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", 'must be the name of an HTTP header'),
      value: pattern('^[\\x20-\\x7e]+$', 'must be one line of printable ASCII'),
    },
    ['name', 'value'],
  ),
  oauth2_client_credentials: object(
    {
      token_url: url,
      scope: text(),
      audience: text(),
      client_authentication: oneOf(['basic', 'body']),
    },
    ['token_url'],
  ),
  oauth2_jwt_bearer: object({ token_url: url, scope: text(), audience: text(), issuer: text() }, [
    'token_url',
  ]),
  tencent_tc3: object({ service: pattern('^[a-z0-9]+$', 'must be the name of a service, like cvm') }),
});

const errors = object({
  code: expression,
  message: expression,
  kinds: dictionary(oneOf(ERROR_KINDS)),
});

const request = object(
  {
    method: oneOf(['GET', 'POST']),
    path: pattern('^/[^\\s?#\\\\]*$', 'must begin with / and hold no query: that is in query'),
    query: dictionary({
      type: ['string', 'number', 'boolean', 'array'],
      items: { type: 'string' },
      maxItems: MAX_ENTRIES,
      maxLength: MAX_TEXT,
    }),
    headers,
    body: { type: 'object' },
  },
  ['path'],
);

const pagination = byType({
  none: object({ total: expression }),
  page: object(
    { parameter: text(), in: place, start, total: expression, total_pages: expression, last: expression },
    ['parameter'],
  ),
  offset: object({ parameter: text(), in: place, start, total: expression }, ['parameter']),
  cursor: object(
    { parameter: text(), in: place, cursor: expression, has_more: expression, total: expression },
    ['parameter', 'cursor'],
  ),
  next_link: object({ next: expression, total: expression }, ['next']),
  link_header: object({ total: expression }),
});

const mapping = object(
  {
    id: expression,
    name: expression,
    status: expression,
    region: expression,
    zone: expression,
    addresses: expression,
    tags: expression,
    created_at: expression,
    properties: expression,
    relations: {
      type: 'array',
      maxItems: MAX_ENTRIES,
      items: object({ kind: oneOf(RELATION_KINDS), type: resourceType, id: expression }, [
        'kind',
        'type',
        'id',
      ]),
    },
  },
  ['id'],
);

const stream = object(
  {
    name: pattern('^[A-Za-z0-9][\\w.-]{0,63}$', 'must be 1 to 64 letters, digits and . _ -'),
    type: resourceType,
    base_url: url,
    partitions: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_PARTITIONS,
      uniqueItems: true,
      items: pattern('^[\\w.:@-]{1,128}$', 'must be 1 to 128 letters, digits and . _ : @ -'),
    },
    request,
    records: expression,
    pagination,
    mapping,
    states: dictionary(status),
    default_status: status,
    errors,
  },
  ['name', 'type', 'request', 'records', 'pagination', 'mapping'],
);

const rows = {
  version: { const: 1 },
  type: resourceType,
  states: dictionary(status),
  default_status: status,
};
const column = text();
const columns: Schema = {
  type: 'array',
  minItems: 1,
  maxItems: MAX_ENTRIES,
  uniqueItems: true,
  items: column,
};

const columnMapping = object(
  {
    id: column,
    name: column,
    status: column,
    region: column,
    zone: column,
    created_at: column,
    addresses: columns,
    tags: columns,
    properties: columns,
  },
  ['id'],
);

/** What it is of an account whose source is a file. */
export const FILE_SCHEMA: Schema = byTag('format', {
  terraform_state: object({ version: { const: 1 } }, ['version']),
  json_lines: object({ ...rows, mapping }, ['version', 'type', 'mapping']),
  csv: object({ ...rows, delimiter: oneOf([',', ';', '\t', '|']), mapping: columnMapping }, [
    'version',
    'type',
    'mapping',
  ]),
});

/** What it is of an account whose source posts its pages by itself. */
export const PUSH_SCHEMA: Schema = object(
  {
    version: { const: 1 },
    source: oneOf(['push']),
    timeout_minutes: { type: 'integer', minimum: 1, maximum: MAX_TIMEOUT_MINUTES },
    states: dictionary(status),
    default_status: status,
  },
  ['version', 'source'],
);

/** What the account's setting `connector` is, as JSON Schema (2019 and before: `discriminator` is OpenAPI's). */
export const CONNECTOR_SCHEMA: Schema = object(
  {
    version: { const: 1 },
    base_url: url,
    auth,
    allow_insecure_http: { type: 'boolean' },
    headers,
    requests_per_second: oneOf(CALL_RATES),
    errors,
    streams: { type: 'array', minItems: 1, maxItems: MAX_STREAMS, items: stream },
  },
  ['version', 'base_url', 'auth', 'streams'],
);
