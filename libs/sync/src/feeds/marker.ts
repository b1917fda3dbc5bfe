import { createCipheriv, createDecipheriv } from 'node:crypto';

import type { FeedPosition } from '#database';

/** What a marker is of: a feed, or a list whose rows have serial numbers. */
export type MarkedList = 'events' | 'changes' | 'recorded changes' | 'transitions';

/** Any marker: a block in base64url. The last of 22 characters has two bits of it only. */
export const MARKER = /^[A-Za-z0-9_-]{21}[AQgw]$/;

const BLOCK_CIPHER = 'aes-128-ecb';
const PART_BYTES = 6;
const TRANSACTION_OFFSET = 4;
const ID_OFFSET = TRANSACTION_OFFSET + PART_BYTES;
/** What a block begins with, by which what is none of the tenant's is known. */
const TAGS: Record<MarkedList, number> = {
  events: 0x65766e74,
  changes: 0x63686e67,
  'recorded changes': 0x72656364,
  transitions: 0x7472616e,
};

/**
 * A position in a list of a tenant's, as the tenant is shown it. Positions are numbers that all tenants share, whose
 * differences would tell how much happens at others: so it is one block of 16 bytes, enciphered.
 * @param key the tenant's own, 16 bytes
 */
export function toMarker(list: MarkedList, { transactionId, id }: FeedPosition, key: Uint8Array): string {
  const block = Buffer.alloc(ID_OFFSET + PART_BYTES);
  block.writeUInt32BE(TAGS[list]);
  block.writeUIntBE(Number(transactionId), TRANSACTION_OFFSET, PART_BYTES);
  block.writeUIntBE(Number(id), ID_OFFSET, PART_BYTES);
  const cipher = createCipheriv(BLOCK_CIPHER, key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
}

/** The position that a {@link MARKER} stands for; undefined when it is none of this list of this tenant. */
export function fromMarker(list: MarkedList, marker: string, key: Uint8Array): FeedPosition | undefined {
  const decipher = createDecipheriv(BLOCK_CIPHER, key, null).setAutoPadding(false);
  const block = Buffer.concat([decipher.update(Buffer.from(marker, 'base64url')), decipher.final()]);
  if (block.readUInt32BE() !== TAGS[list]) return undefined;
  return {
    transactionId: String(block.readUIntBE(TRANSACTION_OFFSET, PART_BYTES)),
    id: String(block.readUIntBE(ID_OFFSET, PART_BYTES)),
  };
}
