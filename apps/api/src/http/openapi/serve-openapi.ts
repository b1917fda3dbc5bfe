import { createReadStream } from 'node:fs';
import { join } from 'node:path';

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { getAbsoluteFSPath } from 'swagger-ui-dist';

import { describeApi } from './describe-api.js';

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
    SwaggerUIBundle({
      url: 'openapi.json',
      dom_id: '#page',
      deepLinking: true,
      displayRequestDuration: true,
      filter: true,
      persistAuthorization: true,
      tryItOutEnabled: true,
      validatorUrl: null, // by default it asks a service in the Internet
    });
  </script>
</body>
</html>
`;

/**
 * Serves the description at /openapi.json and a page for it at /docs, which loads nothing from elsewhere. Not
 * through SwaggerModule.setup: it wants @fastify/static, whose dependencies Jest cannot load on Node 20.
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
