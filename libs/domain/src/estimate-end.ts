/** What a unit costs however little it lists, in resources: about a page's. */
const RESOURCES_A_UNIT = 100;

/** So many resources, of so many units. */
export interface Amount {
  units: number;
  resources: number;
}

export interface Progress {
  startedAt: Date | null;
  /** What was listed, and the units that are over. */
  done: Amount;
  /** What the last complete listings had beyond that, and the units that are not over. */
  left: Amount;
}

/**
 * When a sync may be over, if it goes on as fast as on the average until now and finds about what was there the last
 * time. Undefined while nothing is done.
 */
export function estimateEnd({ startedAt, done, left }: Progress, now: Date): Date | undefined {
  const doneWeight = weightOf(done);
  if (startedAt === null || doneWeight === 0) return undefined;
  const elapsedMs = Math.max(0, now.getTime() - startedAt.getTime());
  return new Date(now.getTime() + Math.round((elapsedMs * weightOf(left)) / doneWeight));
}

function weightOf({ units, resources }: Amount): number {
  return units * RESOURCES_A_UNIT + resources;
}
