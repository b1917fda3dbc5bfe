import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type { SimulatedRequest } from '../http/simulator-server.js';

/** A key pair that requests may be signed with. */
export interface SimulatedKeyPair {
  accessKey: string;
  secretKey: string;
}

const MAX_SKEW_MS = 15 * 60_000;
/** What the gateway does with a key after so many wrong signatures in a row: it refuses all for five minutes. */
const MAX_WRONG_SIGNATURES = 5;
const FORM = /^SDK-HMAC-SHA256 Access=([^,]+), SignedHeaders=([a-z\d;-]+), Signature=([\da-f]{64})$/;
const DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Checks signatures as Huawei's gateway does. It shares no code with whoever signs. */
export class SignatureCheck {
  private wrong = 0;

  constructor(
    private readonly key: SimulatedKeyPair,
    private readonly now: () => number,
  ) {}

  /** What the gateway says of a request that it refuses; `undefined` when the signature is right. */
  refusalOf(request: SimulatedRequest): string | undefined {
    if (this.wrong >= MAX_WRONG_SIGNATURES) return 'AK access failed to reach the limit,forbidden: 5m';
    const refusal = this.problemOf(request);
    this.wrong = refusal === undefined ? 0 : this.wrong + 1;
    return refusal;
  }

  private problemOf({ method, target, headers, body }: SimulatedRequest): string | undefined {
    const [, accessKey, names = '', signature = ''] = FORM.exec(headers.authorization ?? '') ?? [];
    if (accessKey === undefined) return 'Incorrect IAM authentication information: x-auth-token not found';
    if (accessKey !== this.key.accessKey) {
      return `Incorrect IAM authentication information: Get secretKey failed,ak:${accessKey},err:ak not exist`;
    }
    const signed = names.split(';');
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
    const expected = createHmac('sha256', this.key.secretKey).update(text).digest();
    const isRight = timingSafeEqual(expected, Buffer.from(signature, 'hex'));
    return isRight ? undefined : 'Incorrect IAM authentication information: verify aksk signature fail';
  }
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
