import { createHash } from 'node:crypto';

import type { PageStart } from './pager.js';

/** How far a listing has come: what is kept with a page to go on behind it. */
export interface PagePlace {
  /** Of the stream that it belongs to: with another connector, it means another place. */
  stream: string;
  /** Where the next page begins. */
  start?: PageStart;
  /** Pages and records so far. */
  pages: number;
  seen: number;
  /** How many there are in all, as the cloud last said. */
  total?: number;
  /** The digest of the last page that was not empty. */
  last?: string;
}

/** A place as the engine keeps it. */
export function writtenPlace(place: PagePlace): string {
  return JSON.stringify(place);
}

/** What {@link writtenPlace} made, if it is the stream's; `undefined` if it is another's. */
export function readPlace(text: string, stream: string): PagePlace | undefined {
  const place = JSON.parse(text) as PagePlace;
  return place.stream === stream ? place : undefined;
}

/** Enough to tell one thing from another. */
const DIGEST_CHARACTERS = 22;

export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, DIGEST_CHARACTERS);
}
