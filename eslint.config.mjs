import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import importSort from 'eslint-plugin-simple-import-sort';
import typescript from 'typescript-eslint';

/** Node.js' own names, for the plain JavaScript of scripts and configurations. */
const NODE_GLOBALS = [
  'AbortController',
  'AbortSignal',
  'Buffer',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'WebAssembly',
  'clearInterval',
  'clearTimeout',
  'console',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
];

const ENVIRONMENT_RULE = {
  object: 'process',
  property: 'env',
  message: 'Only libs/platform/src/config reads the environment, whole and validated, once.',
};

const CALLS_RULE = 'A vendor connects by access.network, which checks where to: libs/vendor-kit/src/network.';

/** Default exports get another name at every import. */
const DEFAULT_EXPORT_RULE = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name; only configurations of tools have a default export.',
};

export default defineConfig(
  globalIgnores([
    'dist/',
    'docs/.vitepress/dist/',
    'docs/.vitepress/cache/',
    'coverage/',
    '.muster/',
    'libs/database/src/generated/',
    'libs/client/src/schema.ts',
    'libs/client/dist/',
    'apps/cli/dist/',
    '**/fixtures/',
  ]),
  eslint.configs.recommended,
  {
    plugins: { 'simple-import-sort': importSort },
    rules: {
      'simple-import-sort/imports': 'error',
      'simple-import-sort/exports': 'error',
      'no-restricted-syntax': ['error', DEFAULT_EXPORT_RULE],
      'max-params': ['error', { max: 4 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-console': 'error',
      'object-shorthand': 'error',
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-restricted-properties': ['error', ENVIRONMENT_RULE],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', prefer: 'type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      // DTOs are answered as plain objects of their shape.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A getter of a literal costs nothing per object; a field does.
      '@typescript-eslint/class-literal-property-style': 'off',
      // `name || id`: an empty text is no name.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // Numbers are fine in texts; objects are not, they become "[object Object]".
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Nest's modules are empty classes under a decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      // `process.env['X']` is what the compiler asks for (noPropertyAccessFromIndexSignature).
      '@typescript-eslint/dot-notation': 'off',
      // A method that fulfils a contract is async even when it has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A type parameter that only the caller sets is how `pg` types its rows.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `while (true)` in loops that end by a return.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'always' }],
    },
  },
  {
    // The environment's reader; PostgreSQL's programs get a few variables passed on; the CLI is no part of Muster's
    // processes, and hands the environment on from one place.
    files: [
      'libs/platform/src/config/**',
      'libs/platform/src/embedded-postgres/run-program.ts',
      'apps/cli/src/main.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'test/**', 'bench/**', 'apps/*/test/**', '**/testing/**'],
    rules: {
      'no-restricted-properties': 'off',
      'no-console': 'off',
      // A suite's describe() holds its tests.
      'max-lines-per-function': 'off',
      'max-params': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // Asymmetric matchers (expect.stringContaining) are typed any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    files: ['libs/vendors/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['fetch', 'EventSource', 'WebSocket'].map((name) => ({ name, message: CALLS_RULE })),
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: Object.fromEntries([...NODE_GLOBALS, 'module', 'require'].map((name) => [name, 'readonly'])),
    },
    rules: {
      'no-console': 'off',
      'no-unused-vars': ['error', { varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['*.config.mjs', '*.config.ts', 'docs/.vitepress/**', 'test/support/global-*.mjs'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  prettier,
);
