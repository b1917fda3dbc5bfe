import type { JsonObject } from '#domain';

/** A record of a listing, and what becomes of it. */
export interface PreviewedRow {
  /** As the vendor sent it, what may be secret masked; null when it is no object. */
  record: JsonObject | null;
  /** Null when it cannot be made. */
  resource: JsonObject | null;
  /** Why not. */
  problem: string | null;
}

/** The first page of a listing. */
export interface ListingPreview {
  /** Name of the scope. */
  scope: string;
  type: string;
  /** What was asked for: `GET /v2/servers`. */
  request: string;
  /** How many records the page has. */
  records: number;
  /** The first of them. */
  rows: PreviewedRow[];
  /** Fields of these records that become part of nothing but `properties`. */
  unmapped: string[];
  /** Why there is no page. */
  problem: string | null;
}
