import { createHash, createHmac } from 'node:crypto';

import type { SimulatedRequest } from '../http/simulator-server.js';
import { AliFault } from './ali-fault.js';
import type { KeyRing, SimulatedKey } from './key-ring.js';

/** How far a call's time may be off, either way. */
const MAX_SKEW_MS = 15 * 60_000;
/** Nonces that are remembered: those of the calls of some minutes. */
const MAX_NONCES = 100_000;

/** Checks signatures of the RPC and the ROA style, version 1 (HMAC-SHA1). */
export class SignatureCheck {
  private readonly nonces = new Set<string>();

  constructor(
    private readonly keys: KeyRing,
    private readonly now: () => number,
  ) {}

  /**
   * Checks a call in the RPC style.
   * @throws {AliFault} as Alibaba Cloud does
   */
  rpc(method: string, parameters: URLSearchParams): SimulatedKey {
    const named = (name: string) => parameters.get(name) ?? undefined;
    expectValue(named('SignatureMethod'), 'HMAC-SHA1', 'SignatureMethod');
    expectValue(named('SignatureVersion'), '1.0', 'SignatureVersion');
    const key = this.keys.find(named('AccessKeyId') ?? '', named('SecurityToken'));
    this.expectTime(named('Timestamp'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const signed = [...parameters]
      .filter(([name]) => name !== 'Signature')
      .map(([name, value]) => [percentEncoded(name), percentEncoded(value)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&');
    const text = `${method}&${percentEncoded('/')}&${percentEncoded(signed)}`;
    this.expectSignature(named('Signature'), hmacSha1(`${key.secret}&`, text), text);
    this.expectNew(named('SignatureNonce'));
    return key;
  }

  /**
   * Checks a call in the ROA style.
   * @param path as the client signed it: without what a proxy's address adds before it
   * @throws {AliFault} as Alibaba Cloud does
   */
  roa({ method, url, headers, body }: SimulatedRequest, path: string): SimulatedKey {
    const named = (name: string) => headers[name]?.toString();
    expectValue(named('x-acs-signature-method'), 'HMAC-SHA1', 'x-acs-signature-method');
    expectValue(named('x-acs-signature-version'), '1.0', 'x-acs-signature-version');
    const [, id = '', signature] = /^acs ([^:]+):(.+)$/.exec(named('authorization') ?? '') ?? [];
    const key = this.keys.find(id, named('x-acs-security-token'));
    this.expectTime(named('date'), /GMT$/);
    const digest = createHash('md5').update(body).digest('base64');
    expectValue(named('content-md5'), digest, 'Content-MD5');
    const own = Object.keys(headers).filter((name) => name.startsWith('x-acs-'));
    const query = [...url.searchParams].sort(([one], [other]) => (one < other ? -1 : 1));
    const text = [
      method,
      named('accept') ?? '',
      digest,
      named('content-type') ?? '',
      named('date') ?? '',
      ...own.sort().map((name) => `${name}:${named(name)?.trim() ?? ''}`),
      query.length === 0 ? path : `${path}?${query.map(([name, value]) => `${name}=${value}`).join('&')}`,
    ].join('\n');
    this.expectSignature(signature, hmacSha1(key.secret, text), text);
    this.expectNew(named('x-acs-signature-nonce'));
    return key;
  }

  private expectSignature(given: string | undefined, expected: string, text: string): void {
    if (given === expected) return;
    // Repeats what was signed, as the real one does.
    const message = `Specified signature is not matched with our calculation. server string to sign is:${text}`;
    throw new AliFault(400, 'SignatureDoesNotMatch', message);
  }

  private expectTime(given: string | undefined, form: RegExp): void {
    const time = form.test(given ?? '') ? Date.parse(given ?? '') : NaN;
    if (Math.abs(time - this.now()) <= MAX_SKEW_MS) return;
    throw Number.isNaN(time)
      ? new AliFault(
          400,
          'InvalidTimeStamp.Format',
          'Specified time stamp or date value is not well formatted.',
        )
      : new AliFault(400, 'InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
  }

  private expectNew(nonce: string | undefined): void {
    if (nonce === undefined || nonce === '') {
      throw new AliFault(400, 'MissingParameter', 'The SignatureNonce is mandatory for this action.');
    }
    if (this.nonces.has(nonce)) {
      throw new AliFault(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
    }
    this.nonces.add(nonce);
    const [oldest] = this.nonces;
    if (this.nonces.size > MAX_NONCES && oldest !== undefined) this.nonces.delete(oldest);
  }
}

function expectValue(given: string | undefined, expected: string, name: string): void {
  if (given === expected) return;
  throw new AliFault(400, 'IncompleteSignature', `The request signature does not conform: ${name}.`);
}

function hmacSha1(secret: string, text: string): string {
  return createHmac('sha1', secret).update(text).digest('base64');
}

/** RFC 3986: everything but letters, digits and -_.~ */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
