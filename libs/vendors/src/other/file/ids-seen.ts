import { createHash } from 'node:crypto';

/**
 * Which ids a document has had so far, and where: 16 bytes each, in an open-addressed table at most half full, whatever
 * the length of the ids. Two ids of one 64-bit hash, some 1 in 40 million for a million ids, would be taken for one.
 */
export class IdsSeen {
  private hashes = new BigUint64Array(1_024);
  private numbers = new Uint32Array(1_024);
  private count = 0;

  /** Enters the id of a record. Returns the number of an earlier record that has it; undefined if none has. */
  enter(id: string, number: number): number | undefined {
    if (this.count * 2 >= this.hashes.length) this.grow();
    const hash = hashOf(id);
    const slot = this.slotOf(hash);
    if (this.hashes[slot] === hash) return this.numbers[slot];
    this.put(slot, hash, number);
    this.count += 1;
    return undefined;
  }

  /** Where the hash is, or would be. */
  private slotOf(hash: bigint): number {
    const { length } = this.hashes;
    let slot = Number(hash % BigInt(length));
    while (this.hashes[slot] !== 0n && this.hashes[slot] !== hash) slot = (slot + 1) % length;
    return slot;
  }

  private put(slot: number, hash: bigint, number: number): void {
    this.hashes[slot] = hash;
    this.numbers[slot] = number;
  }

  private grow(): void {
    const { hashes, numbers } = this;
    this.hashes = new BigUint64Array(2 * hashes.length);
    this.numbers = new Uint32Array(2 * numbers.length);
    hashes.forEach((hash, slot) => {
      if (hash !== 0n) this.put(this.slotOf(hash), hash, numbers[slot] ?? 0);
    });
  }
}

/** 0 is an empty slot. */
function hashOf(id: string): bigint {
  return createHash('sha256').update(id).digest().readBigUInt64LE() || 1n;
}
