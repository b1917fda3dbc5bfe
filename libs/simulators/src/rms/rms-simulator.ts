import { SimulatorServer } from '../http/simulator-server.js';
import { selfSignedCertificate } from '../http/tls-certificate.js';
import { buildDemoEstate } from './estate-builder.js';
import { SignatureCheck, type SimulatedTemporaryKey } from './request-signature.js';
import type { RmsEstate } from './rms-estate.js';
import { RmsFaults } from './rms-faults.js';
import { RmsService } from './rms-service.js';

const DOMAIN_ID = '5109a7ed00000000000000000000d0a1';
const ACCESS_KEY = 'HPUASIMULATEDKEY0001';

export interface RmsSimulatorOptions {
  /** What the account has; by default the estate of a small company. */
  estate?: RmsEstate;
  /** Default `simulatedSecretAccessKey0000000000000000`. */
  secretKey?: string;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** How long every answer is held back, in milliseconds. */
  latencyMs?: number;
  /** Told one line for each call; never anything secret. */
  log?: (line: string) => void;
}

/** A running simulated Huawei Cloud: Config, IAM and ECS of all regions at one address, over TLS. */
export interface RmsSimulator {
  readonly url: string;
  readonly domainId: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** The certificate to trust. */
  readonly caPem: string;
  readonly estate: RmsEstate;
  readonly faults: RmsFaults;
  /** Calls by name, failed ones included: `ListAllResources`… */
  readonly requests: Readonly<Record<string, number>>;
  /** A temporary key of the same user; it ends after so many calls, if that is said. */
  issueTemporaryKey(callsLeft?: number): SimulatedTemporaryKey;
  /** Ends all temporary keys. */
  endTemporaryKeys(): void;
  close(): Promise<void>;
}

/** Starts a simulated Huawei Cloud. */
export async function startRmsSimulator(options: RmsSimulatorOptions = {}): Promise<RmsSimulator> {
  const { estate = buildDemoEstate(), host = '127.0.0.1', port = 0, latencyMs = 0, log } = options;
  const { secretKey = 'simulatedSecretAccessKey0000000000000000' } = options;
  const certificate = await selfSignedCertificate(host);
  const faults = new RmsFaults();
  const signatures = new SignatureCheck(
    { accessKey: ACCESS_KEY, secretKey },
    () => Date.now() + faults.clockAheadMs,
  );
  const account = { domainId: DOMAIN_ID, domainName: 'hw-simulated' };
  const service = new RmsService({ estate, faults, signatures, ...account });
  const server = new SimulatorServer(service, { host, port, certificate, latencyMs, log });
  return {
    url: await server.listen(),
    domainId: DOMAIN_ID,
    accessKey: ACCESS_KEY,
    secretKey,
    caPem: certificate.certificatePem,
    estate,
    faults,
    requests: server.requests,
    issueTemporaryKey: (callsLeft) => signatures.issueTemporary(callsLeft),
    endTemporaryKeys: () => {
      signatures.endTemporary();
    },
    close: () => server.close(),
  };
}
