import { type SimulatedRequest, SimulatorServer } from '../http/simulator-server.js';
import { selfSignedCertificate } from '../http/tls-certificate.js';
import { SignatureCheck } from '../rms/request-signature.js';
import { buildDemoEstate } from './estate-builder.js';
import type { HcsEstate } from './hcs-estate.js';
import { HcsFaults } from './hcs-faults.js';
import { HcsService } from './hcs-service.js';
import { ManageOneService } from './manageone-service.js';

const ACCESS_KEY = 'HCSSIMULATEDKEY00001';
const SECRET_KEY = 'simulatedSecretAccessKey0000000000000000';
/** A user of ManageOne's for machines. */
const USER_NAME = 'muster';
const PASSWORD = 'Simulated&Passw0rd/+=';
const DOMAIN_ID = '0c50000000000000000000000000d0a1';

export interface HcsSimulatorOptions {
  /** What the tenant has; by default a small plant's. */
  estate?: HcsEstate;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** How long every answer is held back, in milliseconds. */
  latencyMs?: number;
  /** Told one line for each call; never anything secret. */
  log?: (line: string) => void;
}

/** A running simulated Huawei Cloud Stack: IAM, the services of all regions and ManageOne at one address, over TLS. */
export interface HcsSimulator {
  readonly url: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Who may sign in to ManageOne. */
  readonly userName: string;
  readonly password: string;
  readonly manageOne: ManageOneService;
  /** The certificate to trust. */
  readonly caPem: string;
  readonly estate: HcsEstate;
  readonly faults: HcsFaults;
  /** Calls by name, failed ones included: `ListServers`… */
  readonly requests: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Starts a simulated Huawei Cloud Stack. */
export async function startHcsSimulator(options: HcsSimulatorOptions = {}): Promise<HcsSimulator> {
  const { estate = buildDemoEstate(), host = '127.0.0.1', port = 0, latencyMs = 0, log } = options;
  const certificate = await selfSignedCertificate(host);
  const faults = new HcsFaults();
  const signatures = new SignatureCheck(
    { accessKey: ACCESS_KEY, secretKey: SECRET_KEY },
    () => Date.now() + faults.clockAheadMs,
  );
  const service = new HcsService({ estate, faults, signatures, domainId: DOMAIN_ID });
  const manageOne = new ManageOneService({ estate, faults, userName: USER_NAME, password: PASSWORD });
  const read = (request: SimulatedRequest) =>
    (request.url.pathname.startsWith('/rest/') ? manageOne : service).read(request);
  const both = { read, takeFailure: (call: string) => service.takeFailure(call) };
  const server = new SimulatorServer(both, { host, port, certificate, latencyMs, log });
  return {
    url: await server.listen(),
    accessKey: ACCESS_KEY,
    secretKey: SECRET_KEY,
    userName: USER_NAME,
    password: PASSWORD,
    manageOne,
    caPem: certificate.certificatePem,
    estate,
    faults,
    requests: server.requests,
    close: () => server.close(),
  };
}
