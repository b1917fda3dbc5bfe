import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { SimulatedRequest } from '../http/simulator-server.js';

/** A key pair that requests may be signed with. */
export interface SimulatedKeyPair {
  accessKey: string;
  secretKey: string;
}

/** A temporary one, with the token that goes with each call. */
export interface SimulatedTemporaryKey extends SimulatedKeyPair {
  securityToken: string;
}

interface KnownKey extends SimulatedKeyPair {
  securityToken?: string;
  hasEnded: boolean;
  /** After so many calls it has ended. */
  callsLeft: number;
  /** Refused requests in a row. */
  refused: number;
}

const MAX_SKEW_MS = 15 * 60_000;
/** What the gateway does with a key after so many wrong signatures in a row: it refuses all for five minutes. */
const MAX_WRONG_SIGNATURES = 5;
const FORM = /^SDK-HMAC-SHA256 Access=([^,]+), SignedHeaders=([a-z\d;-]+), Signature=([\da-f]{64})$/;
const DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Checks signatures as Huawei's gateway does. It shares no code with whoever signs. */
export class SignatureCheck {
  private readonly keys = new Map<string, KnownKey>();

  constructor(
    key: SimulatedKeyPair,
    private readonly now: () => number,
  ) {
    this.keys.set(key.accessKey, { ...key, hasEnded: false, callsLeft: Infinity, refused: 0 });
  }

  /** A temporary key of the same user; it ends after so many calls, if that is said. */
  issueTemporary(callsLeft = Infinity): SimulatedTemporaryKey {
    const key = {
      accessKey: `HST${randomBytes(9).toString('hex').toUpperCase().slice(1)}`,
      secretKey: randomBytes(20).toString('hex'),
      securityToken: randomBytes(300).toString('base64'),
    };
    this.keys.set(key.accessKey, { ...key, hasEnded: false, callsLeft, refused: 0 });
    return key;
  }

  /** Ends all temporary keys that there are. */
  endTemporary(): void {
    for (const key of this.keys.values()) key.hasEnded = key.securityToken !== undefined;
  }

  /** What the gateway says of a request that it refuses; `undefined` when the signature is right. */
  refusalOf(request: SimulatedRequest): string | undefined {
    const [, accessKey, names = '', signature = ''] = FORM.exec(request.headers.authorization ?? '') ?? [];
    if (accessKey === undefined) return 'Incorrect IAM authentication information: x-auth-token not found';
    const key = this.keys.get(accessKey);
    // Without its token a temporary key is one that nobody has.
    if (key === undefined || (key.securityToken !== undefined && tokenOf(request) === undefined)) {
      return `Incorrect IAM authentication information: Get secretKey failed,ak:${accessKey},err:ak not exist`;
    }
    if (key.refused >= MAX_WRONG_SIGNATURES) return 'AK access failed to reach the limit,forbidden: 5m';
    const refusal = this.problemOf(request, key, { names, signature });
    key.refused = refusal === undefined ? 0 : key.refused + 1;
    if (refusal !== undefined) return refusal;
    if (key.hasEnded || key.callsLeft <= 0) {
      return 'Incorrect IAM authentication information: the security token has expired';
    }
    key.callsLeft -= 1;
    return undefined;
  }

  private problemOf(
    request: SimulatedRequest,
    key: KnownKey,
    { names, signature }: { names: string; signature: string },
  ): string | undefined {
    const { method, target, headers, body } = request;
    const token = tokenOf(request);
    if (token !== key.securityToken) return 'Incorrect IAM authentication information: decrypt token fail';
    const signed = names.split(';');
    if (token !== undefined && !signed.includes('x-security-token')) {
      return 'Incorrect IAM authentication information: x-security-token is not signed';
    }
    const date = String(headers['x-sdk-date']);
    const missing = ['host', 'x-sdk-date'].find((name) => !signed.includes(name));
    if (missing !== undefined) return `Incorrect IAM authentication information: ${missing} is not signed`;
    if (Math.abs(timeOf(date) - this.now()) > MAX_SKEW_MS || Number.isNaN(timeOf(date))) {
      return 'Incorrect IAM authentication information: calc ak sk signature fail:signature expired';
    }
    const [path = '', query = ''] = target.split('?');
    const canonical = [
      method,
      path.endsWith('/') ? path : `${path}/`,
      // By code point, as everything in it is ASCII; what the client has not encoded strictly doesn't match.
      query.split('&').sort(byCodePoint).join('&'),
      ...signed.map((name) => `${name}:${String(headers[name]).trim()}`),
      '',
      names,
      createHash('sha256').update(body).digest('hex'),
    ].join('\n');
    const text = `SDK-HMAC-SHA256\n${date}\n${createHash('sha256').update(canonical).digest('hex')}`;
    const expected = createHmac('sha256', key.secretKey).update(text).digest();
    const isRight = timingSafeEqual(expected, Buffer.from(signature, 'hex'));
    return isRight ? undefined : 'Incorrect IAM authentication information: verify aksk signature fail';
  }
}

function tokenOf({ headers }: SimulatedRequest): string | undefined {
  return headers['x-security-token']?.toString();
}

function timeOf(date: string): number {
  const [, year, month, day, hour, minute, second] = DATE.exec(date) ?? [];
  return Date.parse(
    `${String(year)}-${String(month)}-${String(day)}T${String(hour)}:${String(minute)}:${String(second)}Z`,
  );
}

function byCodePoint(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
