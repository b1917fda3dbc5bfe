/** A request before it is let in by the account's secret. */
export interface OutgoingRequest {
  url: URL;
  method: 'GET' | 'POST';
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
}

/** What a request asks for, for people. Without its query, which may be long. */
export function operationOf({ method, url }: OutgoingRequest): string {
  return `${method} ${url.pathname}`;
}
