import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { projectRoot } from '#platform';

import { Results } from './results.js';
import type { Suite } from './suite.js';
import { measureAws } from './suites/aws.js';
import { measureFairness } from './suites/fairness.js';
import { measureLatency } from './suites/latency.js';
import { measureListing } from './suites/listing.js';
import { measureMemory } from './suites/memory.js';
import { measureOpenstack } from './suites/openstack.js';
import { measureVsphere } from './suites/vsphere.js';
import { measureWorkers } from './suites/workers.js';
import { measureWriter } from './suites/writer.js';

const SUITES: Readonly<Record<string, Suite>> = {
  writer: measureWriter,
  memory: measureMemory,
  latency: measureLatency,
  listing: measureListing,
  workers: measureWorkers,
  fairness: measureFairness,
  vsphere: measureVsphere,
  aws: measureAws,
  openstack: measureOpenstack,
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(SUITES).join(',') },
    quick: { type: 'boolean', default: false },
  },
});
const names = values.only.split(',');
const unknown = names.find((name) => !(name in SUITES));
if (unknown !== undefined) {
  throw new Error(`--only ${unknown}: there is no such suite. There are ${Object.keys(SUITES).join(', ')}.`);
}
const results = new Results();
const begin = performance.now();
const say = (line: string): void => {
  const seconds = Math.round((performance.now() - begin) / 1_000);
  process.stderr.write(`${String(seconds).padStart(4)} s  ${line}\n`);
};
for (const name of names) await SUITES[name]?.({ results, quick: values.quick, say });
process.stdout.write(`${results.render()}\n`);
// What is kept is a whole run: half a file would not tell what is missing from it.
if (!values.quick && names.length === Object.keys(SUITES).length) {
  await results.save(join(projectRoot, 'bench', 'results.json'));
}
