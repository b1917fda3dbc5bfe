import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const SOURCE = import.meta.dirname;
const BINARIES = resolve(SOURCE, '../../../.muster/emulators');
const SOURCE_FILES = [
  'main.go',
  'session_timeout_modern.go',
  'session_timeout_debian.go',
  'go.mod',
  'go.sum',
];
/** A cold build compiles all of govmomi: about 40 s on two cores. */
const BUILD_TIMEOUT_MS = 10 * 60 * 1000;
/** 10,000 machines take vcsim about half a minute to make. */
const START_TIMEOUT_MS = 5 * 60 * 1000;
const STOP_TIMEOUT_MS = 5000;
const MAX_BUILD_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Which generation of VMware's simulator: `modern` is govmomi 0.56.0 from the Go module proxy, `debian` is
 * 0.24.2 from Debian 12's package, which has no token paging, as vCenter clients may still meet.
 */
export type VcsimFlavour = 'modern' | 'debian';

const DEBIAN_GOPATH = '/usr/share/gocode';
const DEBIAN_PACKAGE = 'golang-github-vmware-govmomi-dev';

interface Flavour {
  binary: string;
  arguments: string[];
  environment: Record<string, string>;
}

const FLAVOURS: Record<VcsimFlavour, Flavour> = {
  modern: { binary: 'vcsim', arguments: [], environment: { GO111MODULE: 'on' } },
  debian: {
    binary: 'vcsim-debian',
    arguments: ['-tags', 'debian'],
    environment: { GO111MODULE: 'off', GOPATH: DEBIAN_GOPATH, GOFLAGS: '' },
  },
};

/**
 * Builds vcsim unless its binary is newer than its sources, and tells where it is.
 * @throws saying what to install when the machine lacks Go, the package or the network.
 */
export async function buildVcsim(flavour: VcsimFlavour = 'modern'): Promise<string> {
  const { binary, arguments: flags, environment } = FLAVOURS[flavour];
  const path = resolve(BINARIES, binary);
  if (await isUpToDate(path)) return path;
  if (flavour === 'debian') await requireDebianPackage();
  await mkdir(BINARIES, { recursive: true });
  try {
    await promisify(execFile)('go', ['build', ...flags, '-o', path, '.'], {
      cwd: SOURCE,
      env: { ...process.env, ...environment },
      timeout: BUILD_TIMEOUT_MS,
      maxBuffer: MAX_BUILD_OUTPUT_BYTES,
    });
  } catch (error) {
    throw new Error(explain(error), { cause: error });
  }
  return path;
}

export interface VcsimOptions {
  flavour?: VcsimFlavour;
  username?: string;
  password?: string;
  datacenters?: number;
  /** Per datacenter, as what follows unless it says otherwise. */
  clusters?: number;
  /** Per cluster. */
  clusterHosts?: number;
  standaloneHosts?: number;
  /** Per cluster, below its root pool. */
  pools?: number;
  /** Per cluster. */
  vApps?: number;
  /** Per resource pool and standalone host. */
  virtualMachines?: number;
  datastores?: number;
  storagePods?: number;
  portgroups?: number;
  opaqueNetworks?: number;
  /** How many of the datacenters are in folders. */
  folders?: number;
  /** Serves https with a self-signed certificate. */
  tls?: boolean;
  /** How long a session may idle, in milliseconds. */
  sessionIdleTimeoutMs?: number;
  /** How long every answer is held back, in milliseconds. */
  delayMs?: number;
}

/** A running vcsim. */
export interface Vcsim {
  /** Ends with `/sdk`. */
  url: string;
  username: string;
  password: string;
  pid: number;
  /** The certificate to trust; empty without TLS. */
  caPem: string;
  /** Ends the process, and waits until it has. */
  stop(): Promise<void>;
}

/** Starts vcsim, building it first where needed. It ends with this process, however that ends. */
export async function startVcsim(options: VcsimOptions = {}): Promise<Vcsim> {
  const path = await buildVcsim(options.flavour);
  const username = options.username ?? 'user';
  const password = options.password ?? 'pass';
  const child = spawn(path, flagsOf({ ...options, username, password }), { stdio: ['pipe', 'pipe', 'pipe'] });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const { url, pid, certificatePem } = await untilReady(child, log);
  return { url, username, password, pid, caPem: certificatePem, stop: () => stop(child) };
}

const FLAGS = {
  username: '-username',
  password: '-password',
  datacenters: '-datacenters',
  clusters: '-clusters',
  clusterHosts: '-cluster-hosts',
  standaloneHosts: '-standalone-hosts',
  pools: '-pools',
  vApps: '-vapps',
  virtualMachines: '-vms',
  datastores: '-datastores',
  storagePods: '-storage-pods',
  portgroups: '-portgroups',
  opaqueNetworks: '-opaque-networks',
  folders: '-folders',
  delayMs: '-delay',
} as const satisfies Partial<Record<keyof VcsimOptions, string>>;

function flagsOf(options: VcsimOptions): string[] {
  const flags = ['-until-stdin-closes'];
  for (const [name, flag] of Object.entries(FLAGS) as [keyof typeof FLAGS, string][]) {
    const value = options[name];
    if (value !== undefined) flags.push(`${flag}=${value}`);
  }
  if (options.tls) flags.push('-tls');
  if (options.sessionIdleTimeoutMs !== undefined) {
    flags.push(`-session-idle-timeout=${options.sessionIdleTimeoutMs}ms`);
  }
  return flags;
}

interface Ready {
  url: string;
  pid: number;
  certificatePem: string;
}

async function untilReady(child: ChildProcess, log: string[]): Promise<Ready> {
  if (!child.stdout) throw new Error('vcsim was started without a standard output.');
  const lines = createInterface({ input: child.stdout });
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  child.once('error', () => ended.abort());
  try {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
    const [line] = (await once(lines, 'line', { signal })) as [string];
    return JSON.parse(line) as Ready;
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`vcsim did not start:\n${log.join('\n')}`, { cause: error });
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(killer);
}

async function isUpToDate(binary: string): Promise<boolean> {
  const built = await modifiedAt(binary);
  if (built === undefined) return false;
  const sources = await Promise.all(SOURCE_FILES.map((file) => modifiedAt(resolve(SOURCE, file))));
  return sources.every((time) => time === undefined || time <= built);
}

/** Milliseconds since the epoch; `undefined` when there is no such file. */
async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function requireDebianPackage(): Promise<void> {
  if ((await modifiedAt(`${DEBIAN_GOPATH}/src/github.com/vmware/govmomi`)) !== undefined) return;
  throw new Error(
    `The Debian flavour of vcsim needs the package ${DEBIAN_PACKAGE}:\n` +
      `  apt-get install -y --no-install-recommends ${DEBIAN_PACKAGE}`,
  );
}

function explain(error: unknown): string {
  const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
  if (code === 'ENOENT') return 'Building vcsim needs Go 1.25 or newer on the PATH: see https://go.dev/dl/.';
  if (/dial tcp|proxy\.golang\.org|no such host|i\/o timeout|Forbidden/.test(stderr)) {
    return (
      'Building vcsim needs the Go module proxy, which could not be reached. Set GOPROXY to a mirror that ' +
      `has github.com/vmware/govmomi, or build once where there is one.\n${stderr}`
    );
  }
  return `vcsim does not build:\n${stderr}`;
}
