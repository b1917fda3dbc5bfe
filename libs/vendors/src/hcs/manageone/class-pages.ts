import type { JsonObject, JsonValue } from '#domain';
import { type Listing, type Page, required } from '#vendor-kit';

import { textAt } from '../../shared/huawei-api/document.js';
import { HuaweiError } from '../../shared/huawei-api/huawei-error.js';
import { type NumberedPage, numberedPages, type PageNumber } from '../../shared/numbered-pages.js';
import { type ManageOneConnection, projectOf } from './manageone-connection.js';

/** A row of the CMDB. */
export interface ManageOneRow {
  row: JsonObject;
  /** The region of what doesn't say its own. */
  homeRegion: string;
}

/** Where a listing goes on. */
interface ClassPlace {
  path: string;
  /** The place in the pages of that. */
  at: string;
}

/** The most that the CMDB gives at once. */
const MAX_PAGE_SIZE = 1_000;
/** How many rows are remembered, to notice one that comes twice: ten pages, however many a listing has. */
const MAX_REMEMBERED = 10 * MAX_PAGE_SIZE;
/** What ManageOne answers about a class that it doesn't know: one of these, and no two builds agree. */
const UNKNOWN_CLASS = [400, 404];

/** How a class is asked for. */
interface ClassReading {
  connection: ManageOneConnection;
  projectId: string | undefined;
  signal: AbortSignal;
}

/**
 * Lists a class, by page numbers, which count in an order that is documented nowhere while the table changes. So each
 * page overlaps the one before ({@link numberedPages}); an answer without a count is none; and a row that comes twice,
 * though it isn't of the overlap, within ten pages tells that the order isn't the same from page to page: where one
 * comes twice, another is passed over, and the listing begins anew.
 * @param classNames its names, of which the first counts that this ManageOne knows
 */
export async function* pagesOfClass(
  classNames: readonly string[],
  { connection, scope, resumeAt, signal }: Listing<ManageOneConnection>,
): AsyncGenerator<Page<ManageOneRow>> {
  signal.throwIfAborted();
  const projectId = projectOf(scope.key)?.projectId;
  const reading = { connection, projectId, signal };
  const place = resumeAt === undefined ? undefined : (JSON.parse(resumeAt) as ClassPlace);
  let path = place?.path;
  const pages = numberedPages<JsonObject>({
    ask: async (number) => {
      const answer = await askFirst(
        reading,
        path === undefined ? connection.pathsOf(classNames) : [path],
        number,
      );
      ({ path } = answer);
      return answer.page;
    },
    idOf,
    resumeAt: place?.at,
    pageSize: Math.min(connection.pageSize, MAX_PAGE_SIZE),
  });
  const seen = new Set<string>();
  for await (const { items, resumeAt: at } of pages) {
    for (const id of items.map(idOf)) {
      if (seen.has(id)) throw new HuaweiError('ORDER_CHANGED', { host: connection.client.host });
      seen.add(id);
      const [oldest = id] = seen;
      if (seen.size > MAX_REMEMBERED) seen.delete(oldest);
    }
    const own = items.filter(isOfTenant).filter((row) => isOf(row, projectId, connection));
    // A page is written in one statement, which takes no resource twice.
    const found = new Map(own.map((row) => [nativeIdOf(row), row] as const));
    const rows = [...found.values()].map((row) => ({ row, homeRegion: connection.homeRegion }));
    const next = path === undefined || at === undefined ? undefined : JSON.stringify({ path, at });
    yield next === undefined ? { items: rows } : { items: rows, resumeAt: next };
    signal.throwIfAborted();
  }
}

/** Asks at one path after the other, until one knows the class. */
async function askFirst(
  reading: ClassReading,
  paths: readonly string[],
  number: PageNumber,
): Promise<{ path: string; page: NumberedPage<JsonObject> }> {
  let unknown: HuaweiError | undefined;
  for (const path of paths) {
    try {
      return { path, page: await ask(reading, path, number) };
    } catch (error) {
      const isUnknown = error instanceof HuaweiError && UNKNOWN_CLASS.includes(error.facts.status ?? 0);
      if (!isUnknown) throw error;
      unknown ??= error;
    }
  }
  const facts = unknown?.facts ?? { host: reading.connection.client.host };
  throw new HuaweiError('CLASS_UNKNOWN', facts, { cause: unknown });
}

async function ask(
  { connection, projectId, signal }: ClassReading,
  path: string,
  { page, size }: PageNumber,
): Promise<NumberedPage<JsonObject>> {
  const { client } = connection;
  const call = connection.listCall(path, projectId);
  const query = { ...call.query, pageNo: String(page), pageSize: String(size) };
  const answer = await client.get({ ...call, query }, signal);
  const facts = { host: client.host, operation: call.operation };
  const { rows, total, size: given = size, page: number = page } = readAnswer(answer);
  // Without a count nobody knows whether this is the end.
  if (rows === undefined || !(total >= rows.length) || rows.length > size || number !== page) {
    throw new HuaweiError('MALFORMED_ANSWER', facts);
  }
  if (rows.length < total && given !== size) {
    const detail = `${String(given)} instead of ${String(size)}`;
    throw new HuaweiError('PAGE_SIZE_CHANGED', { ...facts, detail });
  }
  return { items: rows, total };
}

/** Builds differ in the names, in what is inside what, and in what is a number and what a text. */
function readAnswer(answer: JsonObject) {
  const { data } = answer;
  const outer = typeof data === 'object' && data !== null && !Array.isArray(data) ? data : answer;
  const { objList, instances = objList, totalNum, total = totalNum, pageSize, currentPage } = outer;
  const isRow = (row: unknown) => typeof row === 'object' && row !== null && !Array.isArray(row);
  return {
    rows: Array.isArray(instances) && instances.every(isRow) ? (instances as JsonObject[]) : undefined,
    total: numberIn(total) ?? NaN,
    size: numberIn(pageSize),
    page: numberIn(currentPage),
  };
}

function numberIn(value: JsonValue | undefined): number | undefined {
  return value === undefined || value === null || value === '' ? undefined : Number(value);
}

/** The CMDB's own id. */
function idOf(row: JsonObject): string {
  return required(textAt(row, 'resId', 'id', 'nativeId'), 'resId');
}

/**
 * The service's id, a UUID, or an URN where FusionCompute is below: what the tenants' services call it by. ManageOne's
 * own changes when a region is imported again, and stands in only where there is no other.
 */
export function nativeIdOf(row: JsonObject): string {
  return required(textAt(row, 'nativeId', 'resId', 'id'), 'nativeId');
}

/** The platform's own machines say so of themselves. Booleans are often texts. */
function isOfTenant({ management }: JsonObject): boolean {
  return !(management === true || (typeof management === 'string' && /^true$/i.test(management)));
}

/**
 * Whether a row is of a named project, whatever the condition was taken for. Where rows don't say whose they are, the
 * project's would look as if they were gone.
 */
function isOf(
  row: JsonObject,
  projectId: string | undefined,
  { client: { host } }: ManageOneConnection,
): boolean {
  const owner = textAt(row, 'projectId');
  if (projectId === undefined) return true;
  if (owner === undefined)
    throw new HuaweiError('OWNER_UNKNOWN', { host, detail: textAt(row, 'class_Name') });
  return owner === projectId;
}
