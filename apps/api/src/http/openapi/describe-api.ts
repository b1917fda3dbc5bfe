import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { VENDOR_CATALOG } from '#vendors/catalog';

import { IDEMPOTENCY_KEY, MAX_KEY_CHARACTERS } from '../idempotency-key.js';
import { SANE_REQUEST_ID } from '../request-id.js';
import { describeOperation, type Operation } from './describe-operation.js';
import { ERROR_SCHEMA } from './describe-refusals.js';
import { describeSettings } from './describe-settings.js';
import { ANY_JSON } from './schemas.js';
import { shareResponses } from './share-responses.js';
import { closeRequestSchemas, dropDtoSuffix } from './tidy-schemas.js';

/** With JSON Schema 2020-12, and what the clients' generators read. */
const OPENAPI_VERSION = '3.1.1';

const TAGS: readonly [name: string, description: string][] = [
  ['Vendor accounts', 'What is synced: accounts of cloud vendors, with their credentials.'],
  ['Sync', 'Start a sync, follow it, decide about what it held back.'],
  ['Schedules', 'Syncs that start by themselves.'],
  ['Resources', 'The inventory.'],
  ['Changes', 'What changed between two syncs.'],
  ['Audit', 'Who asked for which write, and what came of it.'],
  ['Identity', "What Huawei's clients ask of IAM."],
  ['Health', 'For load balancers and orchestrators.'],
];

const WHOLE_NUMBER = { type: 'integer', minimum: 0 };

/** Components that the operations refer to by name; see describeOperation. */
const HEADERS = {
  RequestId: {
    description:
      'The id of the request, which the log has, too: the X-Request-Id that was sent, if it is 8 to 64 letters, digits ' +
      'and _ . : -, else 32 hex digits.',
    schema: { type: 'string', pattern: SANE_REQUEST_ID.source },
  },
  'RateLimit-Policy': {
    description:
      'How many requests the credential, or the address, may send in how many seconds: `1200;w=60`.',
    schema: { type: 'string' },
  },
  'RateLimit-Limit': { description: 'How many a minute.', schema: WHOLE_NUMBER },
  'RateLimit-Remaining': { description: 'How many are left.', schema: WHOLE_NUMBER },
  'RateLimit-Reset': { description: 'In how many seconds all are there again.', schema: WHOLE_NUMBER },
  IamTraceId: {
    description: "The same; what Huawei's SDKs quote of an answer of IAM.",
    schema: { type: 'string', pattern: SANE_REQUEST_ID.source },
  },
  RetryAfter: {
    description: 'After how many seconds the same request may work. Not with every code of this status.',
    schema: { type: 'integer', minimum: 1 },
  },
  Challenge: { description: 'How to sign in.', schema: { type: 'string' } },
  IdempotencyReplayed: {
    description: 'With the answer of an earlier request with the same Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
};
const PARAMETERS = {
  IdempotencyKey: {
    name: IDEMPOTENCY_KEY,
    in: 'header',
    required: false,
    schema: { type: 'string', minLength: 1, maxLength: MAX_KEY_CHARACTERS, pattern: '^[ -~]+$' },
    description:
      'Lets the request be sent again without having its effect again: for 24 hours the same request with the ' +
      'same key gets the answer of the first that succeeded, with Idempotency-Replayed: true. While that is ' +
      'being worked on, COC.00010409 with Retry-After. A request that failed may be tried again.',
  },
  DomainId: {
    name: 'X-Domain-Id',
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description:
      "The caller's tenant, as Huawei's clients send it. The credential says it anyway: another one is refused (401).",
  },
};

/** The API's description in OpenAPI 3.1, generated from the controllers and DTOs. */
export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, describeService());
  const operations: Operation[] = [];
  for (const [path, item] of Object.entries(document.paths)) {
    const methods = item as Record<string, Operation>;
    for (const [method, operation] of Object.entries(methods)) {
      operations.push((methods[method] = describeOperation(path, method, operation)));
    }
  }
  const schemas = {
    ...document.components?.schemas,
    ...Object.fromEntries(VENDOR_CATALOG.map(({ settings }) => [settings.name, describeSettings(settings)])),
    AnyJson: ANY_JSON,
    Error: ERROR_SCHEMA,
  };
  document.components = Object.assign(document.components ?? {}, {
    schemas,
    headers: HEADERS,
    parameters: PARAMETERS,
    responses: shareResponses(operations),
  });
  closeRequestSchemas(document);
  dropDtoSuffix(document);
  return document;
}

function describeService(): Omit<OpenAPIObject, 'paths'> {
  const service = new DocumentBuilder()
    .setOpenAPIVersion(OPENAPI_VERSION)
    .setTitle('Muster')
    .setDescription(
      "Multi-cloud inventory sync: Huawei Cloud Operations Center's multi-cloud API, self-hosted, with more to see.",
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'This Muster.')
    .addSecurity('signature', {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description:
        "Huawei's signature of requests: SDK-HMAC-SHA256 Access=<AK>, SignedHeaders=<h1;h2>, " +
        'Signature=<hex>, with the time in X-Sdk-Date, at most 15 minutes from ours, and for a temporary key ' +
        "pair its token in X-Security-Token. Huawei's SDKs and Terraform make it.",
    })
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key of Muster.' })
    .addSecurity('token', {
      type: 'apiKey',
      in: 'header',
      name: 'X-Auth-Token',
      description: 'A token of POST /v3/auth/tokens.',
    });
  for (const [name, description] of TAGS) service.addTag(name, description);
  return service.build();
}
