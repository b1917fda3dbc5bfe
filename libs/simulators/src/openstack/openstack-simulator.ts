import { SimulatorServer } from '../http/simulator-server.js';
import { selfSignedCertificate } from '../http/tls-certificate.js';
import { buildDemoEstate } from './estates/demo-estate.js';
import { Keystone, type KeystoneOptions } from './keystone.js';
import type { OpenstackEstate } from './openstack-estate.js';
import { OpenstackFaults } from './openstack-faults.js';
import { OpenstackService } from './openstack-service.js';

const CREDENTIAL_ID = 'f0c1d2e3a4b5469788f0c1d2e3a4b546';
/** As long as Keystone makes them. */
const CREDENTIAL_SECRET = 'simulated-'.padEnd(86, 'x');
const NEWEST_MICROVERSION = 93;
const DEFAULT_MAX_LIMIT = 1_000;
const HOUR_SECONDS = 3_600;

export interface OpenstackSimulatorOptions {
  /** What the cloud has; by default the estate of a small private cloud, in two regions. */
  estate?: OpenstackEstate;
  /** Default `RegionOne` and `RegionTwo`. An empty name: the catalog has no regions. */
  regions?: readonly string[];
  /** In front of every path. Default `/cloud`. */
  prefix?: string;
  /** Over TLS, with a certificate of its own. Default: true. */
  tls?: boolean;
  /** How long a token is good for, in seconds. Default: an hour. */
  tokenSeconds?: number;
  /** The minor number of Nova's newest microversion; 0: it has none. */
  newestMicroversion?: number;
  /** What a page has at most. */
  maxLimit?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** How long every answer is held back, in milliseconds. */
  latencyMs?: number;
  /** Told one line for each call; never anything secret. */
  log?: (line: string) => void;
}

/** A running simulated OpenStack, all of its services at one address. */
export interface OpenstackSimulator {
  /** Keystone's, without its version. */
  readonly authUrl: string;
  /** Of the users `admin`, `member` and `nobody`. */
  readonly password: string;
  /** An application credential of the user `member`. */
  readonly credential: KeystoneOptions['credential'];
  /** The certificate to trust; absent without TLS. */
  readonly caPem: string | undefined;
  readonly estate: OpenstackEstate;
  readonly faults: OpenstackFaults;
  /** Calls by name, failed ones included: `ListServers`, `SignIn`… */
  readonly requests: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Starts a simulated OpenStack. */
export async function startOpenstackSimulator(
  options: OpenstackSimulatorOptions = {},
): Promise<OpenstackSimulator> {
  const { estate = buildDemoEstate(), prefix = '/cloud', tls = true, host = '127.0.0.1', port = 0 } = options;
  const certificate = tls ? await selfSignedCertificate(host) : undefined;
  const credential = { id: CREDENTIAL_ID, secret: CREDENTIAL_SECRET };
  const password = 'simulated-password';
  const { regions = ['RegionOne', 'RegionTwo'], tokenSeconds = HOUR_SECONDS } = options;
  const faults = new OpenstackFaults(() => keystone.forgetTokens());
  const keystone = new Keystone(estate, { password, credential, tokenSeconds, regions }, () => faults);
  const service = new OpenstackService(estate, keystone, faults, {
    prefix,
    scheme: tls ? 'https' : 'http',
    newestMicroversion: options.newestMicroversion ?? NEWEST_MICROVERSION,
    maxLimit: options.maxLimit ?? DEFAULT_MAX_LIMIT,
  });
  const { latencyMs = 0, log } = options;
  const server = new SimulatorServer(service, { host, port, certificate, latencyMs, log });
  const url = await server.listen();
  return {
    authUrl: `${url}${prefix}/identity`,
    password,
    credential,
    caPem: certificate?.certificatePem,
    estate,
    faults,
    requests: server.requests,
    close: () => server.close(),
  };
}
