/** A month of UTC, as `2026-02`: months are in the order of time when they are in that of text. */
export type Month = string;

/** The partitions of changes as they are. */
export interface PartitionState {
  now: Date;
  /** Months that have a partition. */
  present: readonly Month[];
  /** Months of rows in the default partition, up to the next month. */
  strays: readonly Month[];
}

export interface PartitionPlan {
  /** Months to make a partition for, with the strays that belong there. */
  make: Month[];
  /** Months whose partition has nothing left that is to be kept. */
  drop: Month[];
  /** Months whose strays are not to be kept. */
  discard: Month[];
}

const DAY_MS = 86_400_000;

/**
 * What is to be done so that this month and the next have a partition, strays of the past have one too, and
 * nothing is kept that is older than `retentionDays`: month by month, so that nothing goes early.
 */
export function planPartitions(
  { now, present, strays }: PartitionState,
  retentionDays: number,
): PartitionPlan {
  const current = monthOf(now);
  const next = monthOf(endOf(current));
  const oldest = monthOf(new Date(now.getTime() - retentionDays * DAY_MS));
  const kept = strays.filter((month) => month >= oldest && month <= next);
  return {
    make: [...new Set([current, next, ...kept])].filter((month) => !present.includes(month)),
    drop: present.filter((month) => month < oldest),
    discard: strays.filter((month) => month < oldest),
  };
}

export function monthOf(time: Date): Month {
  return time.toISOString().slice(0, 'YYYY-MM'.length);
}

export function startOf(month: Month): Date {
  return new Date(`${month}-01T00:00:00Z`);
}

/** The first instant of the month behind a month. */
export function endOf(month: Month): Date {
  const end = startOf(month);
  end.setUTCMonth(end.getUTCMonth() + 1);
  return end;
}
