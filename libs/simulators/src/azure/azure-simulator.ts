import { SimulatorServer } from '../http/simulator-server.js';
import { selfSignedCertificate } from '../http/tls-certificate.js';
import type { AzureEstate } from './azure-estate.js';
import { AzureFaults } from './azure-faults.js';
import { AzureService } from './azure-service.js';
import { buildDemoEstate } from './estates/demo-estate.js';
import { TokenEndpoint } from './token-endpoint.js';

const TENANT_ID = '7e1f2a00-51c4-4d0e-9a3b-0c5d6e7f8a90';
const CLIENT_ID = 'c11e47a1-0000-4000-8000-5109a7e0d5f1';
const DEFAULT_SUBSCRIPTIONS_PER_PAGE = 2;

export interface AzureSimulatorOptions {
  /** What the tenant has; by default the estate of a small company. */
  estate?: AzureEstate;
  /** Default `simulated~secret`. */
  clientSecret?: string;
  /** A certificate that the application may sign in with, too. */
  certificatePem?: string;
  /** How long an access token is good for, in seconds. Default: an hour. */
  tokenSeconds?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** How long every answer is held back, in milliseconds. */
  latencyMs?: number;
  /** Told one line for each call; never anything secret. */
  log?: (line: string) => void;
}

/** A running simulated Azure: Microsoft Entra ID and Azure Resource Manager at one address, over TLS. */
export interface AzureSimulator {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The certificate to trust. */
  readonly caPem: string;
  readonly estate: AzureEstate;
  readonly faults: AzureFaults;
  /** Calls by name, failed ones included: `ResourceGraph`, `Token`… */
  readonly requests: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Starts a simulated Azure. */
export async function startAzureSimulator(options: AzureSimulatorOptions = {}): Promise<AzureSimulator> {
  const { estate = buildDemoEstate(), clientSecret = 'simulated~secret', host = '127.0.0.1' } = options;
  const certificate = await selfSignedCertificate(host);
  const application = {
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    clientSecret,
    ...(options.certificatePem === undefined ? {} : { certificatePem: options.certificatePem }),
  };
  const tokens = new TokenEndpoint(application, options.tokenSeconds);
  const faults = new AzureFaults(() => tokens.forgetTokens());
  const service = new AzureService(estate, faults, tokens, DEFAULT_SUBSCRIPTIONS_PER_PAGE);
  const { port = 0, latencyMs = 0, log } = options;
  const server = new SimulatorServer(service, { host, port, certificate, latencyMs, log });
  const url = await server.listen();
  return {
    url,
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    clientSecret,
    caPem: certificate.certificatePem,
    estate,
    faults,
    requests: server.requests,
    close: () => server.close(),
  };
}
