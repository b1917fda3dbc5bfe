import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';
import { Counter, Histogram, type Metric } from 'prom-client';

import { Database, FleetRepository } from '#database';
import { createLogger } from '#platform';
import type { SyncQueue } from '#queue';

import { FleetMetrics } from './fleet-metrics.js';
import { Metrics } from './metrics.js';
import { addProcessMetrics } from './process-metrics.js';

const DOCUMENT = join(import.meta.dirname, '../../../docs/metrics.md');
/** The table is what stands between these lines. */
const [BEGIN, END] = ['<!-- metrics: begin -->\n', '<!-- metrics: end -->'];

/** A metric's type, as Prometheus calls it. */
function typeOf(metric: Metric): string {
  if (metric instanceof Counter) return 'counter';
  return metric instanceof Histogram ? 'histogram' : 'gauge';
}

function rowsOf(metrics: Metrics): string[] {
  const documented = metrics.registry.getMetricsAsArray() as unknown as (Metric & {
    name: string;
    help: string;
    labelNames: string[];
  })[];
  return documented
    .map((metric) => {
      const labels = metric.labelNames.map((label) => `\`${label}\``).join(', ');
      return `| \`${metric.name}\` | ${typeOf(metric)} | ${labels} | ${metric.help.replace(/\.$/, '')} |`;
    })
    .sort();
}

/** A row's cells, whatever the columns' widths. */
const cellsOf = (row: string): string[] => row.split('|').map((cell) => cell.trim());

describe('docs/metrics.md', () => {
  const database = new Database({ url: 'postgresql://nowhere', poolSize: 2, applicationName: 'muster-test' });
  const metrics = new Metrics();
  const log = createLogger({ level: 'silent', format: 'json' });
  new FleetMetrics(metrics, { fleet: new FleetRepository(database), queue: {} as SyncQueue, log }, 0);
  addProcessMetrics(metrics, database, 'muster-test');

  afterAll(() => database.close());

  it('lists every metric that a process shows, as it is. If the change is meant: UPDATE_GOLDEN=1, npm run format', () => {
    const rows = rowsOf(metrics);
    const [before = '', rest = ''] = readFileSync(DOCUMENT, 'utf8').split(BEGIN);
    const [table = '', after = ''] = rest.split(END);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      const head = ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |'];
      writeFileSync(DOCUMENT, `${before}${BEGIN}\n${[...head, ...rows].join('\n')}\n\n${END}${after}`);
      return;
    }
    const documented = table.split('\n').filter((line) => line.startsWith('| `'));
    expect(documented.map(cellsOf)).toEqual(rows.map(cellsOf));
  });

  it.each(new Metrics().registry.getMetricsAsArray() as unknown as { name: string }[])(
    '$name is named as Prometheus asks',
    ({ name }) => {
      const metric = metrics.registry.getSingleMetric(name);
      expect(name).toMatch(/^muster_[a-z0-9]+(_[a-z0-9]+)*$/);
      if (metric instanceof Counter) expect(name).toMatch(/_total$/);
      else expect(name).not.toMatch(/_total$/);
      if (metric instanceof Histogram) expect(name).toMatch(/_seconds$/);
      expect(name).not.toMatch(/_(ms|milliseconds|kb|minutes|hours)(_|$)/);
    },
  );
});
