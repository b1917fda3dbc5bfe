import { setImmediate } from 'node:timers/promises';

import type { JsonObject, Resource } from '#domain';
import type {
  DocumentSource,
  ListingPreview,
  OfferedScope,
  Page,
  PreviewedRow,
  UploadedDocument,
} from '#vendor-kit';

import { OtherError } from '../other-error.js';
import { digestOf } from '../paging/page-place.js';
import { shownDocument } from '../shown-document.js';
import { scopeKeyOf, typeOfScope } from '../stream.js';
import type { FileDocument } from './file-document.js';
import { FormatError, type Found, type RecordPlace, shownPlace } from './found-record.js';
import { type FileRecord, foundResources } from './found-resources.js';
import { IdsSeen } from './ids-seen.js';
import { STATE_TYPES } from './terraform-types.js';

const MAX_PAGE_RECORDS = 500;
/** In characters of properties: a page may hold one record more. */
const MAX_PAGE_CHARACTERS = 4_194_304;
/** So many of what is wrong fit into an error. */
const MAX_PROBLEMS = 5;
const MAX_ROWS = 5;
/** So many records are looked at before others get their turn. */
const RECORDS_AT_ONCE = 200;

/** How far a listing has come. */
interface FilePlace {
  /** Of the document and of how it is read: of others it means another place. */
  of: string;
  /** Good records so far. */
  records: number;
}

/** What was wrong so far. */
interface Problems {
  count: number;
  first: string[];
}

/** An account whose source is a file that is uploaded for it. */
export class FileConnection {
  readonly scopes: readonly OfferedScope[];

  constructor(
    private readonly connector: FileDocument,
    private readonly source: DocumentSource,
  ) {
    const types = connector.format === 'terraform_state' ? STATE_TYPES : [connector.type];
    this.scopes = types.map((type) => ({ key: scopeKeyOf(type, 'file'), name: 'file' }));
  }

  /**
   * The resources of a scope from a place on. The document is read from its beginning in any case: what comes before
   * the place is only looked at for ids, and for what is wrong. With anything wrong the listing fails at its end:
   * what could not be read would be taken for gone.
   */
  async *pages(
    scopeKey: string,
    { resumeAt, signal }: { resumeAt?: string | undefined; signal: AbortSignal },
  ): AsyncGenerator<Page<Resource>, void> {
    const document = await this.document();
    const of = digestOf([document.id, this.connector]);
    const first = resumeAt === undefined ? 0 : placeIn(resumeAt, of);
    const problems: Problems = { count: 0, first: [] };
    let items: Resource[] = [];
    let characters = 0;
    let records = 0;
    const resumable = () => ({ items, resumeAt: JSON.stringify({ of, records } satisfies FilePlace) });
    for await (const found of this.checked(scopeKey, document, signal)) {
      if ('problem' in found) {
        problems.count += 1;
        if (problems.first.length < MAX_PROBLEMS) problems.first.push(problemOf(found));
        continue;
      }
      records += 1;
      if (records <= first) continue;
      const { resource } = found.record;
      items.push(resource);
      characters += JSON.stringify(resource.properties).length;
      if (items.length < MAX_PAGE_RECORDS && characters < MAX_PAGE_CHARACTERS) continue;
      yield resumable();
      items = [];
      characters = 0;
    }
    if (problems.count === 0) {
      yield { items };
      return;
    }
    if (items.length > 0) yield resumable();
    throw new OtherError('BAD_RECORDS', { host: '', detail: describe(problems) });
  }

  /** What the document begins with. */
  async preview(signal: AbortSignal): Promise<ListingPreview[]> {
    const document = await this.document();
    const previews: ListingPreview[] = [];
    for (const { key, name } of this.scopes) {
      const rows: PreviewedRow[] = [];
      let problem: string | null = null;
      try {
        for await (const found of this.checked(key, document, signal)) {
          rows.push(rowOf(found));
          if (rows.length === MAX_ROWS) break;
        }
      } catch (error) {
        if (!(error instanceof OtherError)) throw error;
        problem = error.facts.detail ?? error.code;
      }
      const type = typeOfScope(key);
      const known = { scope: name, type, request: this.connector.format, unmapped: [] };
      // Of a state, only the types that there are.
      if (rows.length > 0 || problem !== null || this.scopes.length === 1) {
        previews.push({ ...known, records: rows.length, rows, problem });
      }
    }
    return previews;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async document(): Promise<UploadedDocument> {
    const document = await this.source.latest();
    if (document === undefined) throw new OtherError('NO_DOCUMENT', { host: '' });
    return document;
  }

  /** The records, of which each must have an id of its own. */
  private async *checked(
    scopeKey: string,
    document: UploadedDocument,
    signal: AbortSignal,
  ): AsyncGenerator<Found<FileRecord>, void> {
    const { connector, source } = this;
    const reading = { connector, source, document, type: typeOfScope(scopeKey), signal };
    const seen = new IdsSeen();
    let count = 0;
    try {
      for await (const found of foundResources(reading)) {
        count += 1;
        if (count % RECORDS_AT_ONCE === 0) await setImmediate();
        signal.throwIfAborted();
        yield 'problem' in found ? found : unique(found, seen);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new OtherError('MALFORMED_DOCUMENT', { host: '', detail: error.message }, { cause: error });
    }
  }
}

/** The record, unless its id is another's. */
function unique(found: { at: RecordPlace; record: FileRecord }, seen: IdsSeen): Found<FileRecord> {
  const { at, record } = found;
  const earlier = seen.enter(record.resource.nativeId, typeof at === 'number' ? at : 0);
  if (earlier === undefined) return found;
  return { at, problem: `has the id of ${earlier === 0 ? 'another resource' : shownPlace(earlier)} again` };
}

function problemOf({ at, problem }: { at: RecordPlace; problem: string }): string {
  return `${shownPlace(at)} ${problem}`;
}

function placeIn(resumeAt: string, of: string): number {
  const place = JSON.parse(resumeAt) as FilePlace;
  if (place.of !== of) throw new OtherError('DOCUMENT_REPLACED', { host: '' });
  return place.records;
}

function describe({ count, first }: Problems): string {
  const more = count - first.length;
  return first.join('; ') + (more === 0 ? '' : `; and ${String(more)} more`);
}

function rowOf(found: Found<FileRecord>): PreviewedRow {
  if ('problem' in found) {
    return { record: null, resource: null, problem: problemOf(found) };
  }
  const { record, resource } = found.record;
  const { createdAt, ...rest } = resource;
  const time = createdAt === undefined ? {} : { createdAt: createdAt.toISOString() };
  return {
    record: shownDocument(record),
    resource: shownDocument({ ...rest, ...time } as unknown as JsonObject),
    problem: null,
  };
}
