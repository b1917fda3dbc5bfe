import { setFlagsFromString } from 'node:v8';

/** How much the heap may grow beyond what is in use before V8 collects it, in percent. */
const HEAP_GROWTH_PERCENT = 60;

/**
 * Trades a little processor time for memory: V8 by itself lets garbage pile up to four times of what is in
 * use (docs/decisions/0007-small-heap.md has the numbers).
 */
export function limitMemory(): void {
  setFlagsFromString(`--heap-growing-percent=${String(HEAP_GROWTH_PERCENT)}`);
}
