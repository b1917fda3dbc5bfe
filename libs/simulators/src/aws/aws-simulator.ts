import { SimulatorServer } from '../http/simulator-server.js';
import { selfSignedCertificate } from '../http/tls-certificate.js';
import { type AwsPrincipalOptions, type AwsRoleOptions, Principals } from './access/principals.js';
import { AwsFaults } from './aws-faults.js';
import { AwsService } from './aws-service.js';
import { AwsEstate } from './estate/aws-estate.js';
import { SimulatedOrganization } from './estate/organization.js';
import { DEMO, type EstateCounts, NOTHING } from './estate/region-counts.js';
import type { SimulatedRegion } from './operations/operation.js';
import { PageTokens } from './protocol/page-token.js';

/** The account and key that there is unless a test names others. */
const ACCOUNT: AwsPrincipalOptions = {
  account: '111122223333',
  accessKeyId: 'AKIASIMULATED0000001',
  secretAccessKey: 'simulated/secret+access/key/of/40/letter',
};

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-2'];

export interface AwsSimulatorOptions {
  /** `demo` looks like a small company's in three regions; `plain` has only what `counts` says. Default: plain. */
  preset?: 'plain' | 'demo';
  /** Changes what the preset has, in each region. */
  counts?: Partial<EstateCounts>;
  /** Those that are enabled. Default: three, of which us-east-1 is the first. */
  regions?: readonly string[];
  /** Regions that accounts could opt in to, and haven't. */
  disabledRegions?: readonly string[];
  /** Who may call; default one account with one key. */
  keys?: readonly AwsPrincipalOptions[];
  roles?: readonly AwsRoleOptions[];
  /** The other accounts of the first key's organization. Default: it is in none. */
  members?: readonly string[];
  /** The same seed gives the same estate. */
  seed?: number;
  /** Serves https with a certificate made for it. */
  tls?: boolean;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** How long every answer is held back, in milliseconds. */
  latencyMs?: number;
  /** Told one line for each call; never anything secret. */
  log?: (line: string) => void;
}

/** A running simulated AWS. */
export interface AwsSimulator {
  /** The endpoint of all its services and regions. */
  readonly url: string;
  /** The first key. */
  readonly key: AwsPrincipalOptions;
  /** The certificate to trust; empty without TLS. */
  readonly caPem: string;
  readonly principals: Principals;
  /** What goes wrong, on demand. */
  readonly faults: AwsFaults;
  /** Calls by name, `ec2:DescribeVolumes`, failed ones included. */
  readonly requests: Readonly<Record<string, number>>;
  /** What an account has, to look at and to change; the first key's unless another is named. */
  estate(account?: string): AwsEstate;
  /** Closes a member of the organization. */
  suspend(account: string): void;
  /** Drops all connections and frees the port. */
  close(): Promise<void>;
}

/** Starts a simulated AWS, of one endpoint: requests say in their signature which region and service they mean. */
export async function startAwsSimulator(options: AwsSimulatorOptions = {}): Promise<AwsSimulator> {
  const { host = '127.0.0.1', keys = [ACCOUNT], roles = [], regions = REGIONS, seed = 1 } = options;
  const counts = { ...(options.preset === 'demo' ? DEMO : NOTHING), ...options.counts };
  const { members } = options;
  const accounts = [...keys, ...roles].map(({ account }) => account).concat(members ?? []);
  const estates = new Map(
    accounts.map((account) => [account, new AwsEstate(account, counts, { regions, seed })] as const),
  );
  const tokens = new PageTokens();
  const faults = new AwsFaults(tokens);
  const [key = ACCOUNT] = keys;
  const organization = members && new SimulatedOrganization(key.account, members);
  const isSuspended = (account: string) => organization?.isSuspended(account) === true;
  const principals = new Principals(keys, roles, isSuspended);
  const certificate = options.tls === true ? await selfSignedCertificate(host) : undefined;
  const service = new AwsService({
    principals,
    regions: regionsOf(regions, options.disabledRegions),
    faults,
    tokens,
    estates,
    organization,
  });
  const server = new SimulatorServer(service, {
    host,
    port: options.port ?? 0,
    certificate,
    latencyMs: options.latencyMs ?? 0,
    log: options.log,
  });
  return {
    url: await server.listen(),
    key,
    caPem: certificate?.certificatePem ?? '',
    principals,
    faults,
    requests: server.requests,
    suspend: (account) => organization?.suspend(account),
    estate: (account = key.account) => {
      const estate = estates.get(account);
      if (estate === undefined) throw new Error(`The simulated AWS has no account ${account}.`);
      return estate;
    },
    close: () => server.close(),
  };
}

function regionsOf(regions: readonly string[], disabledRegions: readonly string[] = []): SimulatedRegion[] {
  return [
    ...regions.map((name) => ({ name, optInStatus: 'opt-in-not-required' as const })),
    ...disabledRegions.map((name) => ({ name, optInStatus: 'not-opted-in' as const })),
  ];
}
