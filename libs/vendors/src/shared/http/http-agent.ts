import type { VendorAgent, VendorNetwork } from '#vendor-kit';

const CONNECT_TIMEOUT_MS = 10_000;
/** Some services look into all their parts before they answer; Azure's Resource Graph gives up after 30 s. */
const HEADERS_TIMEOUT_MS = 60_000;
/** Longest silence within an answer. */
const BODY_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 30_000;

/** What differs from vendor to vendor. */
export interface HttpAgentOptions {
  /** CAs in PEM form, instead of the public ones. See `isCertificatePem`. */
  caPem: string | undefined;
  /** How many at once: as many as the account has units at work. */
  connections: number;
  /** The largest answer, in bytes on the wire. */
  maxAnswerBytes: number;
}

/** An agent for one account's HTTP calls, on connections of the vendor network. */
export function httpAgent(
  network: VendorNetwork,
  { caPem, connections, maxAnswerBytes }: HttpAgentOptions,
): VendorAgent {
  return network.agent({
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(caPem === undefined ? {} : { ca: caPem }) },
    connections,
    pipelining: 1,
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: BODY_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxResponseSize: maxAnswerBytes,
  });
}
