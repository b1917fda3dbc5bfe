import { SimulatorServer } from '../http/simulator-server.js';
import { selfSignedCertificate } from '../http/tls-certificate.js';
import { AliService } from './ali-service.js';
import { SimulatedDirectory } from './directory.js';
import { AliEstate, type Counts, KINDS } from './estate.js';
import { InjectedFailures } from './injected-failures.js';
import { KeyRing, type TemporaryKey } from './key-ring.js';

const DEMO_REGIONS = ['cn-hangzhou', 'cn-beijing', 'ap-southeast-1'];
const PLAIN_REGIONS = [...DEMO_REGIONS, 'eu-central-1', 'us-west-1'];

/** How much of what a region of the demonstration has; enough of each that every state is there. */
const DEMO_COUNTS: Counts = {
  instance: 12,
  disk: 18,
  snapshot: 8,
  image: 5,
  securityGroup: 6,
  networkInterface: 15,
  keyPair: 3,
  vpc: 7,
  vSwitch: 9,
  routeTable: 8,
  eip: 12,
  natGateway: 5,
  classicLoadBalancer: 4,
  applicationLoadBalancer: 5,
  networkLoadBalancer: 3,
  database: 7,
  cluster: 6,
  scalingGroup: 5,
  functionItem: 5,
  domain: 3,
  bucket: 6,
  indexed: 9,
};

/** How long keys of STS hold. */
const TEMPORARY_SECONDS = 3_600;

export interface AliSimulatorOptions {
  /** `plain` is as many machines as `instances` says, with what they need; `demo` is a small company's. */
  preset?: 'plain' | 'demo';
  /** Machines in all of a plain estate, evenly over its regions; default 20. */
  instances?: number;
  /** Changes how much there is in each region. */
  counts?: Partial<Counts>;
  /** Default: three or five, after the preset. */
  regions?: readonly string[];
  /** A role that the key may assume. */
  role?: { arn: string; externalId?: string };
  /** The resource directory that the account manages, whose members have a role. Default: it has none. */
  directory?: { members: readonly string[]; role: string };
  /** Serves https with a certificate made for it. */
  tls?: boolean;
  /** How long every answer is held back, in milliseconds. */
  latencyMs?: number;
  /** Told one line for each call; never anything secret. */
  log?: (line: string) => void;
}

/** A running simulated Alibaba Cloud. */
export interface AliSimulator {
  /** For an account's setting `endpoint`. */
  readonly endpoint: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** The estate, to look at and to change. */
  readonly estate: AliEstate;
  /** The resource directory, to change. */
  readonly directory: SimulatedDirectory | undefined;
  /** What a member of it has. */
  memberEstate(account: string): AliEstate;
  /** A key of STS for the account; it ends after so many calls, if that is said. */
  issueTemporaryKey(callsLeft?: number): TemporaryKey;
  /** What goes wrong, on demand. */
  readonly failures: InjectedFailures;
  /** Calls by action, failed ones included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Drops all connections and frees the port. */
  close(): Promise<void>;
}

/** Starts a simulated Alibaba Cloud: its products' APIs, on one port. */
export async function startAliSimulator(options: AliSimulatorOptions = {}): Promise<AliSimulator> {
  const { preset = 'plain', role } = options;
  const regions = options.regions ?? (preset === 'demo' ? DEMO_REGIONS : PLAIN_REGIONS);
  const counts = preset === 'demo' ? DEMO_COUNTS : plainCounts(options.instances ?? 20, regions.length);
  const countsOf = () => ({ ...counts, ...options.counts });
  const estate = new AliEstate(regions, countsOf);
  const { members = [], role: memberRole = '' } = options.directory ?? {};
  const memberEstates = new Map(
    members.map((account, index) => [account, new AliEstate(regions, countsOf, index + 1)] as const),
  );
  const own = {
    id: 'LTAI5tSimulatedKey00000',
    secret: 'simulatedSecret0000000000000000',
    accountId: '1234567890123456',
  };
  const directory = options.directory && new SimulatedDirectory(own.accountId, members, memberRole);
  const keys = new KeyRing(own, role && { arn: role.arn, externalId: role.externalId }, directory);
  const failures = new InjectedFailures(() => keys.expireTemporary());
  const host = '127.0.0.1';
  const server = new SimulatorServer(new AliService({ estate, memberEstates, directory, keys, failures }), {
    host,
    port: 0,
    certificate: options.tls === true ? await selfSignedCertificate(host) : undefined,
    latencyMs: options.latencyMs ?? 0,
    log: options.log,
  });
  return {
    endpoint: `${await server.listen()}/{product}/{region}`,
    accountId: own.accountId,
    accessKeyId: own.id,
    accessKeySecret: own.secret,
    estate,
    directory,
    memberEstate: (account) => {
      const found = memberEstates.get(account);
      if (found === undefined) throw new Error(`The resource directory has no member ${account}.`);
      return found;
    },
    issueTemporaryKey: (callsLeft = Infinity) => keys.issue(TEMPORARY_SECONDS, { callsLeft }),
    failures,
    requests: server.requests,
    close: () => server.close(),
  };
}

/** A region's share of a plain estate, in usual proportions. */
function plainCounts(instances: number, regions: number): Counts {
  const share = Math.ceil(instances / regions);
  const some = (per: number) => Math.ceil(share / per);
  return {
    instance: share,
    disk: share + some(2),
    snapshot: some(4),
    image: some(100),
    securityGroup: some(20),
    networkInterface: share + some(10),
    keyPair: some(100),
    vpc: some(200),
    vSwitch: some(50),
    routeTable: some(100),
    eip: some(5),
    natGateway: some(200),
    classicLoadBalancer: some(100),
    applicationLoadBalancer: some(100),
    networkLoadBalancer: some(200),
    database: some(50),
    cluster: some(500),
    scalingGroup: some(100),
    functionItem: some(50),
    domain: some(500),
    bucket: some(100),
    indexed: some(50),
  };
}

/** Nothing of anything. */
export const NO_COUNTS = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0])) as Counts;
