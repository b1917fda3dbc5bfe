/**
 * Arrays of parameters in Postgres' binary format (array_send in its arrayfuncs.c): node-postgres sends a
 * Buffer as it is. As text, an array of a thousand documents would be escaped here and unescaped there, which
 * costs more than all the rest of writing them.
 */
const OIDS = {
  bytea: 17,
  bigint: 20,
  text: 25,
  timestamptz: 1184,
  uuid: 2950,
  json: 114,
  jsonb: 3802,
} as const;
type ElementType = keyof typeof OIDS;

/** Dimensions, whether there is a null, the elements' type, their number, and the index of the first. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/** What Postgres' clock began with, 2000-01-01, in milliseconds of ours. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
/** The version of jsonb's binary format: this byte, then the text. */
const JSONB_VERSION = 1;

/** How elements of a type are written. */
interface Encoding<Value> {
  type: ElementType;
  bytes(value: Value): number;
  write(value: Value, buffer: Buffer, at: number): void;
}

function encode<Value>(encoding: Encoding<Value>, values: readonly (Value | null)[]): Buffer {
  let size = HEADER_BYTES;
  for (const value of values) size += LENGTH_BYTES + (value === null ? 0 : encoding.bytes(value));
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  for (const field of [1, values.includes(null) ? 1 : 0, OIDS[encoding.type], values.length, 1]) {
    at = buffer.writeInt32BE(field, at);
  }
  for (const value of values) {
    const bytes = value === null ? NULL_LENGTH : encoding.bytes(value);
    at = buffer.writeInt32BE(bytes, at);
    if (value === null) continue;
    encoding.write(value, buffer, at);
    at += bytes;
  }
  return buffer;
}

const TEXT: Encoding<string> = {
  type: 'text',
  bytes: (value) => Buffer.byteLength(value),
  write: (value, buffer, at) => buffer.write(value, at),
};

const JSON_TEXT: Encoding<string> = { ...TEXT, type: 'json' };

const JSONB: Encoding<string> = {
  type: 'jsonb',
  bytes: (value) => 1 + Buffer.byteLength(value),
  write: (value, buffer, at) => buffer.write(value, buffer.writeUInt8(JSONB_VERSION, at)),
};

const BYTEA: Encoding<string> = {
  type: 'bytea',
  bytes: (value) => value.length,
  write: (value, buffer, at) => buffer.write(value, at, 'latin1'),
};

const BIGINT: Encoding<bigint> = {
  type: 'bigint',
  bytes: () => 8,
  write: (value, buffer, at) => buffer.writeBigInt64BE(value, at),
};

const UUID: Encoding<string> = {
  type: 'uuid',
  bytes: () => 16,
  write: (value, buffer, at) => buffer.write(value.replaceAll('-', ''), at, 'hex'),
};

const TIMESTAMPTZ: Encoding<Date> = {
  type: 'timestamptz',
  bytes: () => 8,
  write: (value, buffer, at) =>
    buffer.writeBigInt64BE(BigInt(value.getTime() - POSTGRES_EPOCH_MS) * 1_000n, at),
};

/** A `text[]`. Half of a surrogate pair becomes U+FFFD; a NUL must have been replaced. */
export function textArray(values: readonly (string | null)[]): Buffer {
  return encode(TEXT, values);
}

/** A `json[]` of JSON texts. */
export function jsonArray(values: readonly (string | null)[]): Buffer {
  return encode(JSON_TEXT, values);
}

/** A `jsonb[]` of JSON texts. */
export function jsonbArray(values: readonly (string | null)[]): Buffer {
  return encode(JSONB, values);
}

/** A `bytea[]` of strings that have a character for each byte. */
export function byteaArray(values: readonly (string | null)[]): Buffer {
  return encode(BYTEA, values);
}

/** A `bigint[]`. */
export function bigintArray(values: readonly bigint[]): Buffer {
  return encode(BIGINT, values);
}

/** A `uuid[]`. */
export function uuidArray(values: readonly string[]): Buffer {
  return encode(UUID, values);
}

/** A `timestamptz[]`. */
export function timestampArray(values: readonly (Date | null)[]): Buffer {
  return encode(TIMESTAMPTZ, values);
}
