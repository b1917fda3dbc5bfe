import type { JsonObject, JsonValue } from '#domain';
import type { CallGate } from '#vendor-kit';

import { errorCodeOf } from '../http/error-code.js';
import type { HttpAnswer, HttpClient } from '../http/http-client.js';
import { retryAfterOf } from '../http/retry-after.js';
import { queryOf, type SigningKey, signRequest } from '../huawei-signing/sign-request.js';
import { objectIn } from './document.js';
import { HuaweiError, type HuaweiErrorFacts } from './huawei-error.js';

/** A call of a service of Huawei Cloud's, or of a cloud that speaks like it. All that Muster makes are GET. */
export interface HuaweiCall {
  /** For the gate: a name in the vendor's `quotas.ts`. */
  api: string;
  /** For people: `Config's list of resources`. */
  operation: string;
  /** The IAM action that it needs, where it needs one. */
  action?: string;
  origin: string;
  /** Encoded, as `pathOf` does. */
  path: string;
  query?: readonly (readonly [name: string, value: string])[];
  /** What it is in: a domain for what is global, a project for what is regional. */
  scope?: { 'x-domain-id': string } | { 'x-project-id': string };
}

const LOCKED = /reach(ed)? the limit/i;
const WINDOW_MS: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 };

/** Calls Huawei Cloud, each call signed with the account's key. Retries nothing: that is the engine's business. */
export class HuaweiClient {
  constructor(
    private readonly http: HttpClient,
    private readonly key: SigningKey,
    private readonly gate: CallGate,
  ) {}

  /**
   * @throws {HuaweiError} for whatever goes wrong between here and an answer
   * @throws {SyncError} when the gate doesn't let the call pass
   * @throws the signal's reason when aborted
   */
  async get(call: HuaweiCall, signal: AbortSignal): Promise<JsonObject> {
    signal.throwIfAborted();
    const facts = { ...factsOf(call), hasTemporaryKey: this.key.securityToken !== undefined };
    return await this.gate.call(call.api, async () => documentOf(await this.#send(call, signal), facts), {
      signal,
    });
  }

  async #send(call: HuaweiCall, signal: AbortSignal): Promise<HttpAnswer> {
    const { origin, path, query = [], scope = {} } = call;
    const url = new URL(query.length === 0 ? path : `${path}?${queryOf(query)}`, origin);
    const headers = { accept: 'application/json', 'x-language': 'en-us', ...scope };
    try {
      const signed = signRequest({ method: 'GET', url, headers }, this.key, new Date());
      return await this.http.send({ url, method: 'GET', headers: signed, signal });
    } catch (error) {
      signal.throwIfAborted();
      const code = errorCodeOf(error);
      throw code === undefined ? error : new HuaweiError(code, factsOf(call), { cause: error });
    }
  }
}

/** What of a call belongs into an error. */
export function factsOf({ origin, operation, action }: HuaweiCall): HuaweiErrorFacts {
  return { host: new URL(origin).host, operation, action };
}

/** A list in an answer; one without it is no answer. */
export function listIn(
  answer: Record<string, JsonValue>,
  name: string,
  call: HuaweiCall,
): readonly JsonValue[] {
  const list = answer[name];
  if (!Array.isArray(list)) throw new HuaweiError('MALFORMED_ANSWER', factsOf(call));
  return list;
}

function documentOf({ status, headers, text }: HttpAnswer, known: HuaweiErrorFacts): JsonObject {
  const facts = { ...known, status };
  const document = objectIn(text);
  if (status === 200) {
    // A proxy's page of HTML may come with 200, too.
    if (document === undefined) throw new HuaweiError('MALFORMED_ANSWER', facts);
    return document;
  }
  if (status >= 300 && status < 400) {
    throw new HuaweiError('REDIRECTED', { ...facts, detail: headers['location'] });
  }
  const { code = `HTTP ${String(status)}`, detail } = refusalOf(document);
  if (status === 401 && LOCKED.test(detail ?? '')) throw new HuaweiError('KEY_LOCKED', { ...facts, detail });
  const mayWait = status === 429 || status >= 500;
  const retryAfterMs = mayWait ? (retryAfterOf(headers['retry-after']) ?? windowOf(detail)) : undefined;
  throw new HuaweiError(code, { ...facts, detail, retryAfterMs });
}

/**
 * Reads `{ error_code, error_msg }`, and what OpenStack's services have instead: `{ error: { code, message } }`,
 * `{ itemNotFound: { code, message } }`, whose code is the status again.
 */
function refusalOf(document: JsonObject = {}): { code?: string; detail?: string } {
  const inner = Object.values(document).find(
    (value): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value),
  );
  const { error_code: code, error_msg: message } = document;
  const detail = [message, inner?.['message']].find((text) => typeof text === 'string' && text !== '');
  const ownCode = [code, inner?.['code']].find((text) => typeof text === 'string' && /^[A-Za-z]/.test(text));
  return {
    ...(typeof ownCode === 'string' ? { code: ownCode } : {}),
    ...(typeof detail === 'string' ? { detail: detail.split(/\r?\n/, 1)[0] ?? '' } : {}),
  };
}

/** The gateway names the window of its limit: `policy user over ratelimit,limit:20,time:1 minute`. */
function windowOf(detail = ''): number | undefined {
  const [, number = '', unit = ''] = /time: ?(\d+) (second|minute|hour)/.exec(detail) ?? [];
  const unitMs = WINDOW_MS[unit];
  return unitMs === undefined ? undefined : Number(number) * unitMs;
}
