import { NodeHttpHandler } from '@smithy/node-http-handler';

import type { VendorNetwork } from '#vendor-kit';

import { type AwsService, SERVICES } from './services.js';
import type { AwsSettings } from './settings.js';

/** A key, as the SDK signs with it. */
export interface AwsKey {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** The SDK asks for the next one some minutes before. */
  expiration?: Date;
}

/** The account's own temporary key, to which there is no other when it has ended; or that of Muster's machine. */
export type SignerKind = 'temporary' | 'host';

/** Who signs calls. */
export interface AwsSigner {
  /** What to sign with; asked again when that expires. */
  key: () => Promise<AwsKey>;
  /** Whose key it is, where that is neither the account's own that lasts nor a role's. */
  kind?: SignerKind | undefined;
  /** The account's twelve digits, if it is not the connection's own. */
  member?: string | undefined;
}

/** A command of the SDK's, of whichever service. */
export interface AwsCommand<Output> {
  resolveMiddleware(...of: never[]): (of: never) => Promise<{ output: Output }>;
}

/** A client of the SDK's, of whichever service. */
interface AwsClient {
  send<Output>(command: AwsCommand<Output>, options: { abortSignal: AbortSignal }): Promise<Output>;
}

/** For a connection, and for an answer; the longest of a thousand instances takes some seconds. */
const CONNECTION_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Of one account and host; more than units that run at once. */
const MAX_SOCKETS = 16;

type ClientSettings = Pick<AwsSettings, 'endpoint' | 'host_identity' | 'tls_ca_pem'>;

/** What all clients of a connection make their calls with. Closed by its `destroy`. */
export function requestHandlerOf(
  { tls_ca_pem: ca }: ClientSettings,
  network: VendorNetwork,
): NodeHttpHandler {
  const agents = network.nodeAgents({ maxSockets: MAX_SOCKETS, ...(ca === undefined ? {} : { ca }) });
  return new NodeHttpHandler({
    httpAgent: agents.http,
    httpsAgent: agents.https,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
  });
}

/**
 * The SDK's clients of one AWS account, one for each service and region, made when they are first called. They
 * take nothing from the environment of the process or the files of its user, but for the endpoints that these name,
 * and that only where the account signs in as this machine: both are the operator's.
 */
export class AwsClients {
  private readonly clients = new Map<string, AwsClient>();

  constructor(
    private readonly settings: ClientSettings,
    private readonly requestHandler: NodeHttpHandler,
    private readonly signer: AwsSigner,
  ) {}

  /** The account, if it is not the connection's own. */
  get member(): string | undefined {
    return this.signer.member;
  }

  get signerKind(): SignerKind | undefined {
    return this.signer.kind;
  }

  of(service: AwsService, region: string): AwsClient {
    const name = `${service} ${region}`;
    const client = this.clients.get(name) ?? this.create(service, region);
    this.clients.set(name, client);
    return client;
  }

  private create(service: AwsService, region: string): AwsClient {
    const { endpoint, host_identity: isHost } = this.settings;
    const configuration = {
      region,
      credentials: this.signer.key,
      requestHandler: this.requestHandler,
      // Throttling and failures are the engine's business, which waits without holding a slot.
      maxAttempts: 1,
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      ...FROM_NO_ENVIRONMENT,
      ignoreConfiguredEndpointUrls: isHost !== true,
    };
    // Each service's client takes its own commands only; that they are of one service is what tables see to.
    return new SERVICES[service](configuration);
  }
}

/**
 * All that the SDK would otherwise look for in AWS_* variables and ~/.aws. Without it a variable of Muster's own
 * process could send an account's calls elsewhere.
 */
const FROM_NO_ENVIRONMENT = {
  retryMode: 'standard',
  defaultsMode: 'standard' as const,
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  userAgentAppId: 'muster',
  authSchemePreference: [],
  // Of S3 alone.
  requestChecksumCalculation: 'WHEN_REQUIRED' as const,
  responseChecksumValidation: 'WHEN_REQUIRED' as const,
  disableS3ExpressSessionAuth: true,
  useArnRegion: false,
  sigv4aSigningRegionSet: [],
};
