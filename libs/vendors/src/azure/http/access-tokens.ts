import type { HttpClient, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  type TokenCredential,
  type TokenCredentialOptions,
} from '@azure/identity';

import { SyncError } from '#domain';
import type { CallGate } from '#vendor-kit';

import { brokeOff } from '../../shared/http/broke-off.js';
import { unlessAborted } from '../../shared/unless-aborted.js';
import { AzureError, type AzureErrorFacts } from '../azure-error.js';
import { SIGN_IN_API } from '../quotas.js';
import { failedRequest } from './failed-request.js';
import { retryAfterOf } from './retry-after.js';

/** Who signs in, and where. */
export interface SignIn {
  tenantId: string;
  clientId: string;
  /** The client secret, or the passphrase of the certificate's key. */
  secret: string;
  certificatePem: string | undefined;
  /** Origin of Microsoft Entra ID. */
  authority: string;
  /** It isn't one of Microsoft's, so there is no use in asking Microsoft about it. */
  isOwnAuthority: boolean;
  /** What the token is for. */
  audience: string;
}

/** A token is renewed when less than this is left of it, so that it outlives the call that it is for. */
const RENEW_BEFORE_MS = 5 * 60_000;
const OPERATION = 'sign-in';

/** The access tokens of one connection: one at a time, got when it is needed, for some 60 minutes. */
export class AccessTokens {
  #token: { token: string; expiresOnTimestamp: number } | undefined;
  #signingIn: Promise<string> | undefined;

  constructor(
    private readonly signIn: SignIn,
    private readonly http: HttpClient,
    private readonly gate: CallGate,
  ) {}

  /**
   * @throws {AzureError} when there is none to be had
   * @throws {SyncError} when the gate doesn't let the call pass
   * @throws the signal's reason when aborted
   */
  async get(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const current = this.#token;
    if (current !== undefined && current.expiresOnTimestamp - Date.now() > RENEW_BEFORE_MS) {
      return current.token;
    }
    // Without the signal: others may wait for the same token.
    this.#signingIn ??= this.gate
      .call(SIGN_IN_API, () => this.#request())
      .finally(() => {
        this.#signingIn = undefined;
      });
    return await unlessAborted(this.#signingIn, signal);
  }

  /** Forgets a token that was refused, unless another has taken its place already. */
  forget(token: string): void {
    if (this.#token?.token === token) this.#token = undefined;
  }

  async #request(): Promise<string> {
    const exchange = new RecordedExchange(this.http);
    try {
      // A credential of its own each time: it would answer from its cache what was refused a moment ago.
      const token = await this.#credential(exchange).getToken(`${this.signIn.audience}/.default`);
      if (token === null) throw new AzureError('NOT_ENTRA', this.#facts());
      this.#token = token;
      return token.token;
    } catch (error) {
      throw this.#described(error, exchange);
    }
  }

  #credential(httpClient: HttpClient): TokenCredential {
    const { tenantId, clientId, secret, certificatePem, authority, isOwnAuthority } = this.signIn;
    const options: TokenCredentialOptions & { disableInstanceDiscovery: boolean } = {
      authorityHost: authority,
      disableInstanceDiscovery: isOwnAuthority,
      httpClient,
      retryOptions: { maxRetries: 0 },
    };
    if (certificatePem === undefined) return new ClientSecretCredential(tenantId, clientId, secret, options);
    const certificate = { certificate: certificatePem, certificatePassword: secret };
    return new ClientCertificateCredential(tenantId, clientId, certificate, options);
  }

  #facts(): AzureErrorFacts {
    return { host: new URL(this.signIn.authority).host, operation: OPERATION };
  }

  /**
   * What went wrong, by what went over the wire: the SDK's errors have lost the codes, and are of the same class
   * for a wrong secret and for a name service that is down.
   */
  #described(error: unknown, { failure, answer }: RecordedExchange): unknown {
    if (error instanceof SyncError || error instanceof AzureError) return error;
    if (failure !== undefined) return failedRequest(failure, this.#facts());
    if (answer !== undefined) return refusalOf(answer, this.#facts(), error);
    const code = this.signIn.certificatePem === undefined ? 'NOT_ENTRA' : 'CLIENT_CERTIFICATE_UNREADABLE';
    return new AzureError(code, this.#facts(), { cause: error });
  }
}

/** Passes requests on, and remembers how the last one failed: a whole answer with 200 may be of a call before it. */
class RecordedExchange implements HttpClient {
  failure: unknown;
  answer: PipelineResponse | undefined;

  constructor(private readonly http: HttpClient) {}

  async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    try {
      const answer = await this.http.sendRequest(request);
      if (answer.status !== 200 || brokeOff(answer.bodyAsText ?? '')) this.answer = answer;
      return answer;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

/** What Microsoft Entra ID says: `{ error, error_description: "AADSTS7000215: …", error_codes: [7000215] }`. */
function refusalOf(answer: PipelineResponse, known: AzureErrorFacts, cause: unknown): AzureError {
  const description = descriptionOf(answer.bodyAsText ?? '');
  const code = /AADSTS\d+/.exec(description)?.[0];
  const retryAfterMs = retryAfterOf(answer.headers);
  const facts = {
    ...known,
    status: answer.status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  if (code === undefined) {
    const isServer = answer.status === 429 || answer.status >= 500;
    if (isServer) return new AzureError(`HTTP ${String(answer.status)}`, facts, { cause });
    const isHalf = brokeOff(answer.bodyAsText ?? '');
    return new AzureError(isHalf ? 'MALFORMED_ANSWER' : 'NOT_ENTRA', facts, { cause });
  }
  // Behind the sentence come trace ids and the time, and what the administrator should do, at length.
  const [detail = ''] = description.replace(/^AADSTS\d+:\s*/, '').split(/\s*(?:Trace ID:|\r?\n)/);
  return new AzureError(code, { ...facts, detail }, { cause });
}

function descriptionOf(body: string): string {
  try {
    const { error_description: description } = JSON.parse(body) as { error_description?: unknown };
    return typeof description === 'string' ? description : '';
  } catch {
    return '';
  }
}
