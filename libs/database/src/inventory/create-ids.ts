import { randomFillSync } from 'node:crypto';

const BYTES = 16;
const TIME_BYTES = 6;
/** 12 bits that count the ids made at once, so that they are in order. */
const COUNTER_MASK = 0xfff;
const VERSION_7 = 0x7000;
const VARIANT = 0x80;

/** UUIDs of version 7 (RFC 9562), in ascending order: a thousand for the price of a few from `uuid`. */
export function createIds(count: number, now = Date.now()): string[] {
  const bytes = randomFillSync(Buffer.allocUnsafe(count * BYTES));
  for (let at = 0; at < bytes.length; at += BYTES) {
    const index = at / BYTES;
    // When the counter is full, the time goes on by itself.
    bytes.writeUIntBE(now + Math.floor(index / (COUNTER_MASK + 1)), at, TIME_BYTES);
    bytes.writeUInt16BE(VERSION_7 | (index & COUNTER_MASK), at + TIME_BYTES);
    bytes.writeUInt8(VARIANT | (bytes.readUInt8(at + 8) & 0x3f), at + 8);
  }
  return Array.from({ length: count }, (_, index) => toText(bytes, index * BYTES));
}

function toText(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
