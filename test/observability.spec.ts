import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import { load } from 'js-yaml';

const ROOT = join(import.meta.dirname, '..');
const ALERTS = 'deploy/observability/alerts.yaml';
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; runbook_url: string };
}

interface Panel {
  title: string;
  targets?: { expr: string }[];
  gridPos: { x: number; y: number; w: number; h: number };
}

const alerts = (load(read(ALERTS)) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(read('deploy/observability/dashboard.json')) as { panels: Panel[] };
const panels = dashboard.panels.filter(({ targets }) => targets !== undefined);

/** By docs/metrics.md, which is held to the code: each metric's type and labels. */
const documented = new Map(
  [...read('docs/metrics.md').matchAll(/^\| `(\w+)` +\| (\w+) +\| ([^|]*)\|/gm)].map(
    ([, name = '', type = '', labels = '']) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) },
    ],
  ),
);
/** What Prometheus adds to each series, or makes itself. */
const OF_PROMETHEUS = new Set(['up']);
const ADDED_LABELS = ['job', 'instance', 'le'];

/** The series and labels that an expression names. */
function namesIn(expression: string): { errors: number; metrics: string[]; labels: string[] } {
  const text = expression.replaceAll('$__rate_interval', '5m').replaceAll('$datasource', 'x');
  const found = { errors: 0, metrics: [] as string[], labels: [] as string[] };
  parser.parse(text).iterate({
    enter: ({ type, name, from, to, node }) => {
      if (type.isError) found.errors += 1;
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector')
        found.metrics.push(text.slice(from, to));
      if (name === 'LabelName') found.labels.push(text.slice(from, to));
    },
  });
  return found;
}

/** The metric of a series: a histogram has three. */
function metricOf(series: string): string | undefined {
  if (documented.has(series)) return series;
  const histogram = series.replace(/_(bucket|sum|count)$/, '');
  return documented.get(histogram)?.type === 'histogram' ? histogram : undefined;
}

const expressions = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];

describe('deploy/observability', () => {
  it.each(expressions)(
    '%s is PromQL about metrics that there are, by labels that they have: %s',
    (_of, expression) => {
      const { errors, metrics, labels } = namesIn(expression);
      expect(errors).toBe(0);
      expect(metrics).not.toEqual([]);
      const known = metrics
        .filter((series) => !OF_PROMETHEUS.has(series))
        .map((series) => [series, metricOf(series)]);
      expect(known.filter(([, metric]) => metric === undefined)).toEqual([]);
      const having = known.flatMap(([, metric]) => documented.get(metric ?? '')?.labels ?? []);
      expect(labels.filter((label) => ![...having, ...ADDED_LABELS].includes(label))).toEqual([]);
    },
  );

  it('has found the mistakes that it looks for', () => {
    expect(namesIn('sum(rate(muster_x_total[5m])').errors).toBeGreaterThan(0);
    expect(namesIn('sum by (a) (muster_x{b="c"})')).toEqual({
      errors: 0,
      metrics: ['muster_x'],
      labels: ['a', 'b'],
    });
    expect(metricOf('muster_accounts_bucket')).toBeUndefined();
    expect(documented.size).toBeGreaterThan(40);
  });

  it.each(alerts.map((alert) => [alert.alert, alert] as const))(
    '%s has its runbook, and what Prometheus asks',
    (name, alert) => {
      expect(alert.annotations.runbook_url).toBe(`docs/operations.md#${name.toLowerCase()}`);
      const section =
        read('docs/operations.md')
          .split(/^### /m)
          .find((text) => text.startsWith(`${name}\n`)) ?? '';
      for (const part of ['Means', 'Look at', 'Do']) expect(section).toContain(`**${part}**: `);
      expect(alert.for ?? '1m').toMatch(/^\d+[smhd]$/);
      expect(['critical', 'warning']).toContain(alert.labels.severity);
      expect(alert.annotations.summary).toMatch(/\.$/);
    },
  );

  it('has no alert twice, and no runbook without its alert', () => {
    const sections = [...read('docs/operations.md').matchAll(/^### (Muster\w+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(alerts.map(({ alert }) => alert));
    expect(new Set(sections).size).toBe(alerts.length);
  });

  it('lays the panels out without overlap', () => {
    for (const [index, { gridPos: a }] of dashboard.panels.entries()) {
      expect(a.x + a.w).toBeLessThanOrEqual(24);
      for (const { gridPos: b } of dashboard.panels.slice(index + 1)) {
        expect(a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h).toBe(false);
      }
    }
  });

  const promtool = spawnSync('promtool', ['--version']).error === undefined ? it : it.skip;
  promtool('has rules that promtool accepts', () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'rules', ALERTS], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, expect.any(String)]);
  });
});
