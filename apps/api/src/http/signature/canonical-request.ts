import { createHash } from 'node:crypto';

import type { ReceivedHeaders } from './received-headers.js';
import { mismatch } from './signature-error.js';

/** A query as Fastify reads it: what is signed is what the API goes by. */
export type ReceivedQuery = Readonly<Record<string, string | readonly string[]>>;

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const RESERVED_TOO = /[!'()*]/g;
const ESCAPE = /%([0-9a-f]{2})/gi;
const UNRESERVED = /[A-Za-z0-9\-._~]/;

/**
 * The path that was signed: each part decoded and written anew, with a `/` at its end.
 * @throws {SignatureError} for a path in disguise, that escapes what needs no escape: no client writes one, and
 * a filter in front of us may have taken it for another.
 */
export function canonicalPath(path: string): string {
  for (const [escape, hex = ''] of path.matchAll(ESCAPE)) {
    if (UNRESERVED.test(String.fromCharCode(Number.parseInt(hex, 16)))) {
      throw mismatch(`the path has ${escape} for a character that is written as it is`);
    }
  }
  const parts = path.split('/').map((part) => encode(decode(part)));
  return parts.at(-1) === '' ? parts.join('/') : `${parts.join('/')}/`;
}

/**
 * The queries that may have been signed: names in order, and the values of a repeated one in order (Python, Go,
 * Node, Terraform) or as they were sent (Java). One where that is the same.
 */
export function canonicalQueries(query: ReceivedQuery): readonly string[] {
  const names = Object.keys(query).sort(compareBytes);
  const write = (order: (values: readonly string[]) => readonly string[]) =>
    names
      .flatMap((name) => order([query[name] ?? ''].flat()).map((value) => `${encode(name)}=${encode(value)}`))
      .join('&');
  return [...new Set([write((values) => [...values].sort(compareBytes)), write((values) => values)])];
}

/**
 * The headers that were signed, a line each, in the order of their names in `SignedHeaders`.
 * @throws {SignatureError} when one is not there, or there twice.
 */
export function canonicalHeaders(names: readonly string[], headers: ReceivedHeaders): string {
  const lines = names.map((name) => {
    const value = headers.single(name);
    if (value === undefined) throw mismatch(`the signed header ${name} is not there`);
    return `${name}:${value}\n`;
  });
  return lines.join('');
}

/**
 * What stands for the body: its SHA-256.
 * @param declared `X-Sdk-Content-Sha256`. Clients send it for bodies that are no JSON, which we have none of.
 * @throws {SignatureError} when it declares another body, or that the body is not signed.
 */
export function payloadHash(declared: string | undefined, body: Uint8Array): string {
  const hash = createHash('sha256').update(body).digest('hex');
  if (declared === undefined || declared === hash) return hash;
  if (declared !== UNSIGNED_PAYLOAD) throw mismatch('the body is not that of X-Sdk-Content-Sha256');
  if (body.length > 0) throw mismatch(`X-Sdk-Content-Sha256 is ${UNSIGNED_PAYLOAD}: sign the body`);
  return UNSIGNED_PAYLOAD;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw mismatch('the path is not valid: write special characters as %XX of UTF-8');
  }
}

/** UTF-8 in %XX but for what RFC 3986 calls unreserved. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    RESERVED_TOO,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
