/** Which rows of a list whose ids are serial numbers to read: so many, from behind the marker on. */
export interface SerialWindow {
  limit: number;
  /** The id of the last row of the page before: at most 18 digits. */
  marker?: string;
}

/** The marker of the first page of a list that starts with the oldest. */
export const BEFORE_THE_FIRST = '0';
/** That of one that starts with the newest: the largest bigint. */
export const BEHIND_THE_LAST = '9223372036854775807';
