import { SimulatorServer } from '../http/simulator-server.js';
import { selfSignedCertificate } from '../http/tls-certificate.js';
import { SeededRandom, uuidOf } from '../seeded-random.js';
import { buildDemoEstate } from './estates/demo-estate.js';
import { ESTATE_TIME, EstateBuilder } from './estates/estate-builder.js';
import type { EstateCounts } from './estates/plain-estate.js';
import { buildPlainEstate, largeCounts, PLAIN_COUNTS } from './estates/plain-estate.js';
import { InjectedFaults } from './injected-faults.js';
import type { About } from './model/inventory.js';
import { Inventory } from './model/inventory.js';
import { PropertyCatalog } from './properties/property-catalog.js';
import type { Dialect, ServerState } from './soap/method-context.js';
import { SessionStore } from './soap/session.js';
import { TaskList } from './soap/task.js';
import { VsphereService } from './vsphere-service.js';

const INSTANCE_UUIDS = 0x7c;
const LARGE_VIRTUAL_MACHINES = 10_000;
/** vCenter's default for API clients (Broadcom KB 1031039). */
const SESSION_IDLE_TIMEOUT_MS = 30 * 60 * 1000;
/** What a real vCenter sends when the client sets no `maxObjects`. */
const VCENTER_PAGE_LIMIT = 100;

export interface VsphereSimulatorOptions {
  /**
   * `plain` looks like vcsim's default estate, `demo` like a small company's, `large` like a big one of as many
   * machines as `counts.virtualMachines` says (10,000 unless it does).
   */
  preset?: 'plain' | 'demo' | 'large';
  /** Changes the `plain` and `large` estates. */
  counts?: Partial<EstateCounts>;
  /** The same seed gives the same estate. */
  seed?: number;
  /** Default `administrator@vsphere.local`. */
  username?: string;
  /** Default `simulated`. */
  password?: string;
  /** Serves https with a certificate made for it. */
  tls?: boolean;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** Whom to take after where vcsim and vCenters differ; default `vcsim`. */
  dialect?: Dialect;
  /** How many objects an answer holds at most. Default: without limit as vcsim, 100 as vCenters. */
  pageLimit?: number;
  /** How long every answer is held back, in milliseconds. */
  latencyMs?: number;
  /** How long a session may idle, in milliseconds; default 30 minutes. */
  sessionIdleTimeoutMs?: number;
  /** What the server says it is. */
  about?: Partial<About>;
  /** Told one line for each call; never anything secret. */
  log?: (line: string) => void;
}

/** What a simulator has seen and holds, for tests to check. */
export interface VsphereCounters {
  /** Calls by method, failed ones included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Open sessions. */
  readonly sessions: number;
  /** Views that have not been destroyed, of open sessions. */
  readonly views: number;
  /** Listings whose token has been neither used nor cancelled, of open sessions. */
  readonly listings: number;
}

/** A running simulated vCenter. */
export interface VsphereSimulator {
  /** Where its SOAP service is: ends with `/sdk`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly instanceUuid: string;
  /** The certificate to trust; empty without TLS. */
  readonly caPem: string;
  /** Colon-separated; empty without TLS. */
  readonly fingerprintSha256: string;
  /** The estate, to look at and to change. */
  readonly inventory: Inventory;
  /** What goes wrong, on demand. */
  readonly faults: InjectedFaults;
  readonly counters: VsphereCounters;
  /** Drops all connections and frees the port. */
  close(): Promise<void>;
}

/** Starts a simulated vCenter that speaks vim25 over SOAP. */
export async function startVsphereSimulator(
  options: VsphereSimulatorOptions = {},
): Promise<VsphereSimulator> {
  const { host = '127.0.0.1', dialect = 'vcsim' } = options;
  const inventory = buildInventory(options, dialect);
  const sessions = new SessionStore(options.sessionIdleTimeoutMs ?? SESSION_IDLE_TIMEOUT_MS, () =>
    Date.now(),
  );
  const faults = new InjectedFaults(() => sessions.expireAll());
  const credentials = {
    username: options.username ?? 'administrator@vsphere.local',
    password: options.password ?? 'simulated',
  };
  const state: ServerState = {
    inventory,
    catalog: new PropertyCatalog(inventory),
    sessions,
    tasks: new TaskList(),
    faults,
    dialect,
    pageLimit: options.pageLimit ?? (dialect === 'vcenter' ? VCENTER_PAGE_LIMIT : Infinity),
    credentials,
  };
  const certificate = options.tls ? await selfSignedCertificate(host) : undefined;
  const server = new SimulatorServer(new VsphereService(state, certificate !== undefined), {
    host,
    port: options.port ?? 0,
    certificate,
    latencyMs: options.latencyMs ?? 0,
    log: options.log,
  });
  return {
    url: `${await server.listen()}/sdk`,
    ...credentials,
    instanceUuid: inventory.about.instanceUuid,
    caPem: certificate?.certificatePem ?? '',
    fingerprintSha256: certificate?.fingerprintSha256 ?? '',
    inventory,
    faults,
    counters: countersOf(server.requests, sessions),
    close: () => server.close(),
  };
}

function countersOf(requests: Readonly<Record<string, number>>, sessions: SessionStore): VsphereCounters {
  return {
    requests,
    get sessions() {
      return sessions.size;
    },
    get views() {
      return sessions.views;
    },
    get listings() {
      return sessions.listings;
    },
  };
}

function buildInventory(
  { seed = 1, preset = 'plain', counts = {}, about = {} }: VsphereSimulatorOptions,
  dialect: Dialect,
): Inventory {
  const inventory = new Inventory(
    {
      instanceUuid: uuidOf(INSTANCE_UUIDS, seed),
      version: '8.0.2',
      apiVersion: '8.0.2.0',
      build: '22385739',
      ...about,
    },
    () => ESTATE_TIME,
    seed,
  );
  const switchType = dialect === 'vcenter' ? 'VmwareDistributedVirtualSwitch' : 'DistributedVirtualSwitch';
  const builder = new EstateBuilder(inventory, new SeededRandom(seed), switchType, seed);
  if (preset === 'demo') buildDemoEstate(builder);
  else if (preset === 'large') {
    buildPlainEstate(builder, {
      ...largeCounts(counts.virtualMachines ?? LARGE_VIRTUAL_MACHINES),
      ...counts,
    });
  } else buildPlainEstate(builder, { ...PLAIN_COUNTS, ...counts });
  inventory.now = () => Date.now();
  return inventory;
}
