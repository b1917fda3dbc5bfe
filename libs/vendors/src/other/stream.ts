import type { JsonObject, JsonValue } from '#domain';
import type { OfferedScope } from '#vendor-kit';

import type { ConnectorDocument, QueryValue, StreamDocument } from './document/connector-document.js';
import { filledIn } from './document/template.js';
import { compileExpression, type Expression } from './mapping/expression.js';
import { RecordMapper } from './mapping/record-mapper.js';
import { digestOf } from './paging/page-place.js';
import { type Pager, pagerOf, type PageStart } from './paging/pager.js';
import { ApiErrors } from './requests/api-errors.js';
import type { OutgoingRequest } from './requests/outgoing-request.js';

const SEPARATOR = '/';

/** The key of a scope that lists a type. */
export function scopeKeyOf(type: string, ...names: readonly string[]): string {
  return [type, ...names].join(SEPARATOR);
}

/** The type that a scope lists. */
export function typeOfScope(key: string): string {
  return key.split(SEPARATOR, 1)[0] ?? '';
}

/** One listing of a connector, ready to be read: a stream, or its part for one partition. A scope each. */
export class Stream {
  readonly scope: OfferedScope;
  readonly records: Expression;
  readonly mapper: RecordMapper;
  readonly pager: Pager;
  readonly errors: ApiErrors;
  /** Of all that decides what a place in the listing means. */
  readonly digest: string;
  private readonly values: Readonly<Record<string, string>>;
  private readonly baseUrl: string;

  constructor(
    readonly document: StreamDocument,
    private readonly connector: ConnectorDocument,
    partition?: string,
  ) {
    const { type, name, records, pagination, request, errors = connector.errors } = document;
    const names = partition === undefined ? [name] : [name, partition];
    this.scope = { key: scopeKeyOf(type, ...names), name: names.join(' ') };
    this.records = compileExpression(records);
    this.mapper = new RecordMapper(document);
    this.pager = pagerOf(pagination);
    this.errors = new ApiErrors(errors);
    this.values = partition === undefined ? {} : { partition };
    this.baseUrl = (document.base_url ?? connector.base_url).replace(/\/+$/, '');
    this.digest = digestOf([this.baseUrl, request, records, pagination]);
  }

  get name(): string {
    return this.scope.name;
  }

  /** For people. */
  get host(): string {
    return new URL(this.baseUrl).host;
  }

  /** The request of the page that begins there. */
  requestAt(start: PageStart | undefined): OutgoingRequest {
    const { method = 'GET', path, query = {}, headers = {}, body } = this.document.request;
    const url = new URL(this.baseUrl + filledIn(path, this.values, encodeURIComponent));
    for (const [name, value] of Object.entries(query)) this.addParameter(url, name, value);
    const first = { url, body: body === undefined ? undefined : (this.filled(body) as JsonObject) };
    const asked = this.pager.ask(first, start);
    const sent = method === 'POST' ? JSON.stringify(asked.body ?? {}) : undefined;
    return {
      url: asked.url,
      method,
      headers: {
        ...this.headers(this.connector.headers),
        ...this.headers(headers),
        ...(sent === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      },
      body: sent,
    };
  }

  private addParameter(url: URL, name: string, value: QueryValue): void {
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      url.searchParams.append(name, filledIn(String(one), this.values));
    }
  }

  private headers(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), filledIn(value, this.values)]),
    );
  }

  private filled(value: JsonValue): JsonValue {
    if (typeof value === 'string') return filledIn(value, this.values);
    if (Array.isArray(value)) return value.map((one) => this.filled(one));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.filled(inner)]));
  }
}

/** All listings of a connector. */
export function streamsOf(connector: ConnectorDocument): Stream[] {
  return connector.streams.flatMap((document) =>
    document.partitions === undefined
      ? [new Stream(document, connector)]
      : document.partitions.map((partition) => new Stream(document, connector, partition)),
  );
}

/** Whether a scope is a listing of a type. Its key says so, so that it says so for good. */
export function isScopeOf(type: string, { key }: Pick<OfferedScope, 'key'>): boolean {
  return typeOfScope(key) === type;
}
