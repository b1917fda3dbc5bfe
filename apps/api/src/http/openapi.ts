import { createReadStream } from 'node:fs';
import { join } from 'node:path';

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type ApiResponseOptions, DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { getAbsoluteFSPath } from 'swagger-ui-dist';

import { MAX_MESSAGE_CHARACTERS } from './api-error.js';
import { IDEMPOTENCY_KEY, MAX_KEY_CHARACTERS } from './idempotency-key.js';

/** The files of Swagger UI that the page loads. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};
const ONE_DAY = 'public, max-age=86400';

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Muster API</title>
  <link rel="stylesheet" href="docs/swagger-ui.css">
  <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
  <div id="page"></div>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script>
    SwaggerUIBundle({ url: 'openapi.json', dom_id: '#page', persistAuthorization: true, tryItOutEnabled: true });
  </script>
</body>
</html>
`;

/** Every error has COC's body. */
const ERROR_RESPONSE = {
  status: 'default',
  description:
    'An error: error_code says which, error_msg what to do. 400 wrong input, 401 not signed in, 403 not allowed, 404 no such path or task, 409 there already or busy, 422 an Idempotency-Key of another request, 429 too many requests, 503 try again after Retry-After.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['error_code', 'error_msg', 'request_id'],
        properties: {
          error_code: { type: 'string', example: 'COC.00010002' },
          error_msg: { type: 'string', maxLength: MAX_MESSAGE_CHARACTERS },
          request_id: { type: 'string', description: 'Also in the header X-Request-Id, and in the log.' },
        },
      },
    },
  },
} satisfies ApiResponseOptions;

/** Of every POST of a known caller, whose key it is. */
const IDEMPOTENCY_KEY_PARAMETER = {
  name: IDEMPOTENCY_KEY,
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: MAX_KEY_CHARACTERS, pattern: '^[ -~]+$' },
  description:
    'Lets the request be sent again without having its effect again: for 24 hours the same request with the ' +
    'same key gets the answer of the first that succeeded, with Idempotency-Replayed: true. While that is ' +
    'being worked on, COC.00010409 with Retry-After. A request that failed may be tried again.',
} as const;
const REUSED_KEY_RESPONSE = {
  description: 'COC.00010422: the Idempotency-Key belongs to another request.',
};

/** The API's description, generated from the controllers and DTOs. */
export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Muster')
    .setDescription(
      "Multi-cloud inventory sync: Huawei Cloud Operations Center's multi-cloud API, self-hosted, with more to see.",
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addSecurity('signature', {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description:
        "Huawei's signature of requests: SDK-HMAC-SHA256 Access=<AK>, SignedHeaders=<h1;h2>, " +
        "Signature=<hex>, with the time in X-Sdk-Date. Huawei's SDKs and Terraform make it.",
    })
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key of Muster.' })
    .addSecurity('token', {
      type: 'apiKey',
      in: 'header',
      name: 'X-Auth-Token',
      description: 'A token of POST /v3/auth/tokens.',
    })
    .addGlobalResponse(ERROR_RESPONSE)
    .build();
  const document = SwaggerModule.createDocument(app, description);
  for (const { post } of Object.values(document.paths)) {
    if (post?.security === undefined) continue;
    post.parameters = [...(post.parameters ?? []), IDEMPOTENCY_KEY_PARAMETER];
    post.responses['422'] = { ...REUSED_KEY_RESPONSE };
  }
  return document;
}

/**
 * Serves the description at /openapi.json and a page for it at /docs. Not through SwaggerModule.setup: it
 * wants @fastify/static, whose dependencies Jest cannot load on Node 20.
 */
export function serveOpenApi(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let document: OpenAPIObject | undefined;
  fastify.get('/openapi.json', () => (document ??= describeApi(app)));
  fastify.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));
  for (const [file, type] of Object.entries(ASSETS)) {
    fastify.get(`/docs/${file}`, (_request, reply) =>
      reply
        .type(type)
        .header('Cache-Control', ONE_DAY)
        .send(createReadStream(join(getAbsoluteFSPath(), file))),
    );
  }
}
