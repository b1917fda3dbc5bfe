import { constants, setPriority } from 'node:os';

/**
 * Lets the machine's other processes have the processor first. For workers: who waits for an answer of the API
 * shall not notice them, and a sync that takes a little longer is noticed by nobody. Where nothing else runs it
 * changes nothing.
 */
export function yieldProcessor(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}
