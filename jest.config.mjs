/** Jest runs TypeScript through SWC as native ES modules; `#…` imports resolve to the sources. */
const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
  // What the build leaves out (`.swcrc`) is just what is compiled here.
  swcrc: false,
};

// As `runProcess` does in Muster's own processes (libs/platform/src/config/quiet-aws-sdk.ts).
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

export const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['muster-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Fastify's inject requires this ES module, which Jest cannot on Node 20, and Node itself can.
    '^cookie$': '<rootDir>/test/support/no-cookies.cjs',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.muster/'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Decorated classes need it; a program imports it first, a test file cannot be relied on to.
  setupFiles: ['reflect-metadata'],
  setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

export default {
  // What a suite has loaded as ES modules is never given back (nodejs/node#59118): after a hundred suites a worker did
  // little but collect garbage. This is what one may hold before the next takes its place.
  workerIdleMemoryLimit: '1GB',
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs}/**/src/**/*.spec.ts'] },
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/apps/*/test/**/*.spec.ts', '<rootDir>/test/*.spec.ts'],
    },
  ],
};
