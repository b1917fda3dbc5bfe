/** An answer before it is sent. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Sent one after the other, at the client's pace, so that none has to be the whole. */
  parts: Iterable<string>;
}

export function plainText(status: number, text: string): Answer {
  return { status, headers: { 'Content-Type': 'text/plain' }, parts: [text] };
}

export function jsonAnswer(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    parts: [JSON.stringify(value)],
  };
}

export function xmlAnswer(status: number, parts: Iterable<string>, headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'Content-Type': 'text/xml; charset=utf-8', ...headers }, parts };
}
