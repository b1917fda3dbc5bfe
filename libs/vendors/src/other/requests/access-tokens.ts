import { createPrivateKey, type KeyObject, sign } from 'node:crypto';

import type { CallGate } from '#vendor-kit';

import type { HttpAnswer, HttpClient } from '../../shared/http/http-client.js';
import { retryAfterOf } from '../../shared/http/retry-after.js';
import type { AuthenticationDocument } from '../document/connector-document.js';
import { OtherError, type OtherErrorFacts } from '../other-error.js';
import { SIGN_IN_API } from '../quotas.js';
import { failedCall } from './failed-call.js';

type OauthDocument = Extract<AuthenticationDocument, { token_url: string }>;

/** A token is renewed when less than this is left of it, so that it outlives the request that it is for. */
const RENEW_BEFORE_MS = 60_000;
/** What the specification recommends to say, and servers may leave out. */
const DEFAULT_SECONDS = 300;
const ASSERTION_SECONDS = 3_600;
const MAX_DETAIL_CHARACTERS = 200;

/** How an account signs in for tokens. */
export interface TokenSource {
  document: OauthDocument;
  ak: string;
  sk: string;
  http: HttpClient;
  gate: CallGate;
}

/** The access tokens of one connection: one at a time, got when it is needed. */
export class AccessTokens {
  private current: { token: string; renewAt: number } | undefined;
  private signingIn: Promise<string> | undefined;

  constructor(private readonly source: TokenSource) {}

  /** @throws {OtherError} when there is none to be had */
  async get(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.current !== undefined && Date.now() < this.current.renewAt) return this.current.token;
    // Without the signal: others may wait for the same token.
    this.signingIn ??= this.source.gate
      .call(SIGN_IN_API, () => this.request())
      .finally(() => {
        this.signingIn = undefined;
      });
    const token = await this.signingIn;
    signal.throwIfAborted();
    return token;
  }

  /** Forgets a token that was refused, unless another has taken its place already. */
  forget(token: string): void {
    if (this.current?.token === token) this.current = undefined;
  }

  private async request(): Promise<string> {
    const { document, http } = this.source;
    const url = new URL(document.token_url);
    const facts = { host: url.host, operation: `POST ${url.pathname}` };
    const { headers, form } = this.grant(facts);
    const answer = await http
      .send({
        url,
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
        body: new URLSearchParams(form).toString(),
      })
      .catch((error: unknown) => {
        throw failedCall(error, facts);
      });
    const { token, seconds } = readToken(answer, facts);
    this.current = { token, renewAt: Date.now() + seconds * 1_000 - RENEW_BEFORE_MS };
    return token;
  }

  private grant(facts: OtherErrorFacts): { headers: Record<string, string>; form: Record<string, string> } {
    const { document, ak, sk } = this.source;
    const scope = document.scope === undefined ? {} : { scope: document.scope };
    if (document.type === 'oauth2_jwt_bearer') {
      const assertion = this.assertion(document, facts);
      const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion, ...scope };
      return { headers: {}, form };
    }
    const audience = document.audience === undefined ? {} : { audience: document.audience };
    const form = { grant_type: 'client_credentials', ...scope, ...audience };
    if (document.client_authentication === 'body') {
      return { headers: {}, form: { ...form, client_id: ak, client_secret: sk } };
    }
    // RFC 6749, 2.3.1: both are form-encoded before they are Basic's.
    const pair = `${formEncoded(ak)}:${formEncoded(sk)}`;
    return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, form };
  }

  /** A JWT of RFC 7523, as Google's service accounts sign in with. */
  private assertion(
    document: Extract<OauthDocument, { type: 'oauth2_jwt_bearer' }>,
    facts: OtherErrorFacts,
  ): string {
    const { ak, sk } = this.source;
    const issuedAt = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: document.issuer ?? ak,
      sub: document.issuer ?? ak,
      aud: document.audience ?? document.token_url,
      ...(document.scope === undefined ? {} : { scope: document.scope }),
      iat: issuedAt,
      exp: issuedAt + ASSERTION_SECONDS,
    };
    const unsigned = [{ alg: 'RS256', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('RSA-SHA256', Buffer.from(unsigned), privateKey(sk, facts)).toString('base64url');
    return `${unsigned}.${signature}`;
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** A key in PEM form, its line ends maybe escaped as in a JSON file of Google's. */
function privateKey(sk: string, facts: OtherErrorFacts): KeyObject {
  try {
    const key = createPrivateKey(sk.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Node.js' reason tells nothing to those who read ours, and must not tell the key.
  }
  throw new OtherError('SECRET_UNUSABLE', { ...facts, detail: 'sk is no RSA private key in PEM form' });
}

interface TokenAnswer {
  access_token?: unknown;
  expires_in?: unknown;
  error?: unknown;
  error_description?: unknown;
}

function readToken(
  { status, headers, text }: HttpAnswer,
  facts: OtherErrorFacts,
): { token: string; seconds: number } {
  const answer = parsed(text);
  if (status >= 200 && status < 300) {
    const { access_token: token, expires_in: seconds } = answer;
    if (typeof token !== 'string' || token === '')
      throw new OtherError('TOKEN_REFUSED', { ...facts, status, detail: 'its answer holds none' });
    const lasts = Number(seconds ?? DEFAULT_SECONDS);
    return { token, seconds: Number.isFinite(lasts) ? lasts : DEFAULT_SECONDS };
  }
  const said = [answer.error_description, answer.error].find((part) => typeof part === 'string');
  const detail = typeof said === 'string' ? said.slice(0, MAX_DETAIL_CHARACTERS) : `HTTP ${String(status)}`;
  const isRefusal = status < 500 && status !== 429 && status !== 408;
  throw new OtherError(isRefusal ? 'TOKEN_REFUSED' : `HTTP ${String(status)}`, {
    ...facts,
    status,
    detail,
    retryAfterMs: retryAfterOf(headers['retry-after']),
  });
}

function parsed(text: string): TokenAnswer {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
