import type { JsonObject } from '#domain';
import type { CallGate } from '#vendor-kit';

import { errorCodeOf } from '../../shared/http/error-code.js';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../shared/http/http-client.js';
import { retryAfterOf } from '../../shared/http/retry-after.js';
import { objectIn } from '../../shared/huawei-api/document.js';
import { HuaweiError, type HuaweiErrorFacts } from '../../shared/huawei-api/huawei-error.js';
import { unlessAborted } from '../../shared/unless-aborted.js';

/** Where ManageOne is, who signs in, and what its calls are called at the gate. */
export interface ManageOneSignIn {
  origin: string;
  userName: string;
  password: string;
  api: string;
}

/** A call of ManageOne's northbound API. All that Muster makes, once signed in, are GET. */
export interface ManageOneCall {
  /** For people: `ManageOne's list of CLOUD_VM`. */
  operation: string;
  path: string;
  query: Readonly<Record<string, string>>;
}

interface Session {
  token: string;
  /** What signing out needs. */
  roaRand: string | undefined;
  /** When it is to be renewed, by `performance.now()`. */
  renewAt: number;
}

const SIGN_IN_PATH = '/rest/plat/smapp/v1/oauth/token';
const SIGN_OUT_PATH = '/rest/plat/smapp/v1/sessions';
/** Renewed so long before its end, so that it outlives the call that it is for. */
const MARGIN_MS = 60_000;
/** What is taken for a session's life, in seconds, where ManageOne doesn't say. */
const DEFAULT_LIFETIME_S = 3_600;
/** How often a call is made whose session is refused, where other calls give sessions up, too. */
const MAX_TRIES = 5;
/** Longer ones are renewed all the same, in seconds: a sign-in a day. */
const MAX_LIFETIME_S = 86_400;
/** What a refused sign-in is, by its status; all others are load, or a server that is down. */
const SIGN_IN_MEANINGS: Readonly<Record<number, string>> = {
  400: 'SIGN_IN_REFUSED',
  401: 'SIGN_IN_REFUSED',
  403: 'SIGN_IN_REFUSED',
  404: 'NOT_MANAGEONE',
  405: 'NOT_MANAGEONE',
};

/**
 * Calls ManageOne, signed in. A session that is refused is signed out, or they would pile up, and renewed, once: where
 * a fresh one is refused, too, it is the user who may not. Retries nothing else: that is the engine's business.
 */
export class ManageOneClient {
  #session: Session | undefined;
  #signingIn: Promise<Session> | undefined;

  constructor(
    private readonly http: HttpClient,
    private readonly signIn: ManageOneSignIn,
    private readonly gate: CallGate,
  ) {}

  get host(): string {
    return new URL(this.signIn.origin).host;
  }

  /** Signs in, where there is no session yet. Throws as {@link get}. */
  async connect(signal: AbortSignal): Promise<void> {
    await this.#currentSession(signal);
  }

  /**
   * @throws {HuaweiError} for whatever goes wrong between here and an answer
   * @throws {SyncError} when the gate doesn't let the call pass
   * @throws the signal's reason when aborted
   */
  async get(call: ManageOneCall, signal: AbortSignal): Promise<JsonObject> {
    for (let tries = 1; ; tries += 1) {
      const session = await this.#currentSession(signal);
      try {
        return await this.#get(call, session, signal);
      } catch (error) {
        if (!isNoSession(error)) throw error;
        // One that another call has given up meanwhile, as it may not make its own, says nothing about this call.
        const isCurrent = this.#session === session;
        if (tries >= MAX_TRIES || (tries > 1 && isCurrent)) {
          throw new HuaweiError('NOT_ALLOWED', error.facts, { cause: error });
        }
        if (!isCurrent) continue;
        this.#session = undefined;
        await this.#signOut(session);
      }
    }
  }

  /** Signs out, so that sessions don't pile up. Never throws: one that is left ends by itself. */
  async disconnect(): Promise<void> {
    const session = (await this.#signingIn?.catch(() => undefined)) ?? this.#session;
    this.#session = undefined;
    if (session !== undefined) await this.#signOut(session);
  }

  async #signOut({ token, roaRand }: Session): Promise<void> {
    const url = new URL(SIGN_OUT_PATH, this.signIn.origin);
    if (roaRand !== undefined) url.searchParams.set('roarand', roaRand);
    const request = { url, method: 'DELETE', headers: { 'x-auth-token': token } };
    await this.gate
      .call(this.signIn.api, () => this.http.send(request), { courtesy: true })
      .catch(() => undefined);
  }

  async #currentSession(signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted();
    if (this.#session !== undefined && performance.now() < this.#session.renewAt) return this.#session;
    // Without the signal: others may wait for the same session, and one that is made is to be signed out.
    this.#signingIn ??= this.#signInNow().finally(() => {
      this.#signingIn = undefined;
    });
    return await unlessAborted(this.#signingIn, signal);
  }

  async #signInNow(): Promise<Session> {
    const { origin, userName, password, api } = this.signIn;
    const url = new URL(SIGN_IN_PATH, origin);
    const headers = { accept: 'application/json', 'content-type': 'application/json;charset=UTF-8' };
    const body = JSON.stringify({ grantType: 'password', userName, value: password });
    const facts = { host: this.host, operation: 'the sign-in' };
    const request = { url, method: 'PUT', headers, body };
    const document = await this.gate
      .call(api, async () => documentOf(await this.#send(request, facts), facts))
      .catch((error: unknown) => {
        throw meantOfSignIn(error);
      });
    const { accessSession: token, roaRand, expires } = document;
    if (typeof token !== 'string' || token === '') throw new HuaweiError('MALFORMED_ANSWER', facts);
    const told = Number(expires);
    const lifetimeMs = 1_000 * Math.min(told > 0 ? told : DEFAULT_LIFETIME_S, MAX_LIFETIME_S);
    this.#session = {
      token,
      roaRand: typeof roaRand === 'string' ? roaRand : undefined,
      renewAt: performance.now() + Math.max(lifetimeMs - MARGIN_MS, lifetimeMs / 2),
    };
    return this.#session;
  }

  async #get(
    { operation, path, query }: ManageOneCall,
    { token }: Session,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const url = new URL(`${path}?${new URLSearchParams(query).toString()}`, this.signIn.origin);
    const headers = { accept: 'application/json', 'x-auth-token': token };
    const facts = { host: this.host, operation };
    const request = { url, method: 'GET', headers, signal };
    return await this.gate.call(
      this.signIn.api,
      async () => documentOf(await this.#send(request, facts), facts),
      { signal },
    );
  }

  async #send(request: HttpRequest, facts: HuaweiErrorFacts): Promise<HttpAnswer> {
    try {
      return await this.http.send(request);
    } catch (error) {
      request.signal?.throwIfAborted();
      const code = errorCodeOf(error);
      throw code === undefined ? error : new HuaweiError(code, facts, { cause: error });
    }
  }
}

/** HTTP 401, or the page at which people sign in. */
function isNoSession(error: unknown): error is HuaweiError {
  return error instanceof HuaweiError && (error.code === 'LOGIN_PAGE' || error.facts.status === 401);
}

/** Of a sign-in, most refusals are of the user, whatever they are called. */
function meantOfSignIn(error: unknown): unknown {
  if (!(error instanceof HuaweiError)) return error;
  const { code, facts } = error;
  const own = SIGN_IN_MEANINGS[facts.status ?? 0];
  if (own === undefined) return error;
  const detail = facts.detail ?? code;
  return new HuaweiError(/lock/i.test(code) ? 'USER_LOCKED' : own, { ...facts, detail }, { cause: error });
}

function documentOf({ status, headers, text }: HttpAnswer, plain: HuaweiErrorFacts): JsonObject {
  const facts = { ...plain, status };
  const location = headers['location'] ?? '';
  const isMoved = status >= 300 && status < 400;
  const isPage = (headers['content-type'] ?? '').includes('html');
  if ((isMoved && location.includes('/authui/')) || (status === 200 && isPage)) {
    throw new HuaweiError('LOGIN_PAGE', facts);
  }
  // Without what is behind the path: it may name a session.
  if (isMoved) throw new HuaweiError('REDIRECTED', { ...facts, detail: location.split(/[?#;]/, 1)[0] });
  const document = objectIn(text);
  if (status === 200) {
    if (document === undefined) throw new HuaweiError('MALFORMED_ANSWER', facts);
    return document;
  }
  const { exceptionId, error_code: code, error_msg: message } = document ?? {};
  const own = [exceptionId, code].find((value) => typeof value === 'string' && value !== '');
  const mayWait = status === 429 || status >= 500;
  throw new HuaweiError(typeof own === 'string' ? own : `HTTP ${String(status)}`, {
    ...facts,
    detail: typeof message === 'string' ? message : undefined,
    retryAfterMs: mayWait ? retryAfterOf(headers['retry-after']) : undefined,
  });
}
