import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { CORE_SCHEMA, load, loadAll, mergeTag } from 'js-yaml';

const ROOT = join(import.meta.dirname, '..');
const KUBERNETES = 'deploy/kubernetes';
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Ports of the image's processes, and what they answer there. */
const PORTS = { http: 3000, metrics: 9464 };
/** What the API gives requests under way once it takes no more, in seconds (configure-http.ts). */
const CLOSE_SECONDS = 5;
const CONFIGURATION = read('docs/configuration.md');
const isVariable = (name: string) => CONFIGURATION.includes(`\n| \`${name}\``);
/** The words that deploy/container.mjs knows. */
const COMMANDS = [...read('deploy/container.mjs').matchAll(/^ {2}(\w+): '\.\.\/dist/gm)].map(
  ([, word]) => word,
);

interface Probe {
  httpGet: { path: string; port: keyof typeof PORTS };
  periodSeconds: number;
  failureThreshold?: number;
}

interface Container {
  image: string;
  args: string[];
  ports?: { name: keyof typeof PORTS; containerPort: number }[];
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  securityContext: Record<string, unknown>;
  resources: { requests: object; limits: object };
}

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: {
    replicas?: number;
    maxUnavailable?: number | string;
    selector?: { matchLabels: Record<string, string> };
    scaleTargetRef?: { name: string };
    minReplicaCount?: number;
    triggers?: { metadata: { query: string } }[];
    template?: {
      metadata: { labels: Record<string, string> };
      spec: {
        securityContext: Record<string, unknown>;
        terminationGracePeriodSeconds?: number;
        containers: Container[];
      };
    };
  };
}

interface Service {
  image: string;
  command?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  ports?: string[];
  stop_grace_period?: string;
  environment: Record<string, string>;
}

const manifests = ['base', 'autoscaling'].flatMap((folder) =>
  readdirSync(join(ROOT, KUBERNETES, folder))
    .filter((file) => file !== 'kustomization.yaml')
    .flatMap((file) => loadAll(read(join(KUBERNETES, folder, file))) as Manifest[]),
);
const workloads = manifests.filter(({ spec }) => spec.template !== undefined);
const deployments = workloads.filter(({ kind }) => kind === 'Deployment');
const { configMapGenerator } = load(read(`${KUBERNETES}/base/kustomization.yaml`)) as {
  configMapGenerator: { literals: string[] }[];
};
const settings = Object.fromEntries(
  configMapGenerator.flatMap(({ literals }) =>
    literals.map((each) => each.split('=', 2) as [string, string]),
  ),
);
const containerOf = ({ spec }: Manifest) => spec.template?.spec.containers[0];

describe(KUBERNETES, () => {
  it.each(workloads.map((workload) => [workload.metadata.name, workload] as const))(
    '%s runs what there is, as nobody special, and writes nothing',
    (_name, workload) => {
      const container = containerOf(workload);
      expect(COMMANDS).toContain(container?.args[0]);
      expect(workload.spec.template?.spec.securityContext).toMatchObject({ runAsNonRoot: true });
      expect(container?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container?.resources).toMatchObject({
        requests: { cpu: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
      for (const { name, containerPort } of container?.ports ?? []) expect(containerPort).toBe(PORTS[name]);
    },
  );

  it.each(deployments.map((deployment) => [deployment.metadata.name, deployment] as const))(
    '%s is asked whether it lives and is ready, where it says so, and is given the time to end',
    (name, deployment) => {
      const { startupProbe, livenessProbe, readinessProbe, args } = containerOf(deployment) ?? {};
      expect([startupProbe, livenessProbe].map((probe) => probe?.httpGet)).toEqual([
        { path: '/healthz', port: 'metrics' },
        { path: '/healthz', port: 'metrics' },
      ]);
      // An API answers without its queue.
      const port = args?.[0] === 'api' ? 'http' : 'metrics';
      expect(readinessProbe?.httpGet).toEqual({ path: '/readyz', port });
      const { spec } = deployment;
      const delay = Number(settings['SHUTDOWN_DELAY_SECONDS']);
      expect(spec.template?.spec.terminationGracePeriodSeconds).toBeGreaterThan(delay + CLOSE_SECONDS);
      const { periodSeconds = 0, failureThreshold = 3 } = readinessProbe ?? {};
      if (port === 'http') expect(delay).toBeGreaterThan(periodSeconds * failureThreshold);
      expect(spec.replicas).toBeGreaterThan(1);
      const budget = manifests.find(
        ({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === name,
      );
      expect(budget?.spec.maxUnavailable).toBeDefined();
      expect(spec.template?.metadata.labels).toMatchObject(
        budget?.spec.selector?.matchLabels ?? { no: 'such' },
      );
      expect(spec.template?.metadata.labels).toEqual(spec.selector?.matchLabels);
    },
  );

  it('sets variables that there are', () => {
    expect(Object.keys(settings)).not.toEqual([]);
    expect(Object.keys(settings).filter((name) => !isVariable(name))).toEqual([]);
  });

  it('scales workers by a metric that there is', () => {
    const scaling = manifests.find(({ kind }) => kind === 'ScaledObject');
    expect(deployments.map(({ metadata }) => metadata.name)).toContain(scaling?.spec.scaleTargetRef?.name);
    const [metric] = /muster_\w+/.exec(scaling?.spec.triggers?.[0]?.metadata.query ?? '') ?? [];
    expect(read('docs/metrics.md')).toContain(`\n| \`${String(metric)}\` `);
  });

  const kubectl = spawnSync('kubectl', ['version', '--client']).error === undefined ? it : it.skip;
  kubectl.each([
    ['base', 2],
    ['autoscaling', undefined],
  ])('%s is put together by kubectl', (folder, workers) => {
    const built = spawnSync('kubectl', ['kustomize', join(KUBERNETES, folder)], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([built.status, built.stderr]).toEqual([0, '']);
    const made = loadAll(built.stdout) as Manifest[];
    expect(made.find(({ metadata }) => metadata.name === 'muster-worker')?.kind).toBeDefined();
    const worker = made.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'muster-worker',
    );
    expect(worker?.spec.replicas).toBe(workers);
    expect(containerOf(worker!)?.image).toBe(
      `muster:${(JSON.parse(read('package.json')) as { version: string }).version}`,
    );
  });
});

describe('deploy/compose', () => {
  // Compose also knows YAML 1.1's merge keys.
  const schema = CORE_SCHEMA.withTags(mergeTag);
  const { services } = load(read('deploy/compose/compose.yaml'), { schema }) as {
    services: Record<string, Service>;
  };
  const own = Object.entries(services).filter(([, { image }]) => image.startsWith('${MUSTER_IMAGE'));

  it('has two APIs and workers, with what they need, and nothing that they may write', () => {
    expect(own.map(([name]) => name)).toEqual(['api-1', 'api-2', 'worker-1', 'worker-2', 'migrate']);
    for (const [, { command, read_only, cap_drop, environment, stop_grace_period, ports }] of own) {
      expect(COMMANDS).toContain(command?.[0]);
      expect({ read_only, cap_drop, ports }).toEqual({
        read_only: true,
        cap_drop: ['ALL'],
        ports: undefined,
      });
      expect(Object.keys(environment).filter((name) => !isVariable(name))).toEqual([]);
      const delay = Number(environment['SHUTDOWN_DELAY_SECONDS']);
      expect(Number.parseInt(stop_grace_period ?? '', 10)).toBeGreaterThan(delay + CLOSE_SECONDS);
    }
  });

  it('opens ports of the proxy alone, which knows each API and asks it whether it is ready', () => {
    const open = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name]) => name)).toEqual(['proxy']);
    const caddyfile = read('deploy/compose/Caddyfile');
    expect(caddyfile).toContain(`reverse_proxy api-1:${String(PORTS.http)} api-2:${String(PORTS.http)} {`);
    expect(caddyfile).toContain('health_uri /readyz');
  });

  it('takes its secrets from variables that must be set, and that the document sets', () => {
    const text = read('deploy/compose/compose.yaml');
    const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
    expect([...required].sort()).toEqual([
      'MUSTER_API_KEY',
      'MUSTER_KEYRING',
      'POSTGRES_PASSWORD',
      'REDIS_PASSWORD',
    ]);
    for (const name of required) expect(read('docs/deploy.md')).toContain(`\n${String(name)}=`);
  });
});

describe('docs/deploy.md', () => {
  it('names files and commands that there are', () => {
    const document = read('docs/deploy.md');
    for (const [, command] of document.matchAll(/^\| `(\w+)` /gm)) expect(COMMANDS).toContain(command);
    const files = [...document.matchAll(/(?:test|deploy)\/[\w./-]*\w/g)].map(([path]) => path);
    expect(files.length).toBeGreaterThan(8);
    const there = (path: string) =>
      path === 'deploy/compose/.env' || spawnSync('test', ['-e', path], { cwd: ROOT }).status === 0;
    expect(files.filter((path) => !there(path))).toEqual([]);
  });
});
