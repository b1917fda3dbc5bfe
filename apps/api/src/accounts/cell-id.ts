import type { CellKey } from '#database';

/** A cell of the ledger as one word that fits into a URL. */
export function toCellId({ scopeKey, resourceType }: CellKey): string {
  return Buffer.from(JSON.stringify([scopeKey, resourceType])).toString('base64url');
}

/** The cell that {@link toCellId} made this of, or undefined where it made no such thing. */
export function parseCellId(text: string): CellKey | undefined {
  const parts = parseJson(Buffer.from(text, 'base64url').toString());
  if (!Array.isArray(parts) || parts.length !== 2 || !parts.every(isStorable)) return undefined;
  const [scopeKey = '', resourceType = ''] = parts;
  const key = { scopeKey, resourceType };
  return toCellId(key) === text ? key : undefined;
}

/** What Postgres can be asked for. */
function isStorable(part: unknown): part is string {
  return typeof part === 'string' && part.isWellFormed() && !part.includes('\0');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
