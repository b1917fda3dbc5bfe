import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Longer than any answer takes on a busy machine, in milliseconds. */
const HANG_MS = 60_000;

/** What is in the first answer on a connection. */
export interface RawAnswer {
  status: number;
  headers: Headers;
  body: string;
}

/**
 * Sends bytes over a connection of their own, says that there will be no more, and reads to the end.
 * @returns the first answer; undefined when the connection was closed without any
 * @throws when it is not closed in time
 */
export async function sendBytes(url: string, bytes: Uint8Array): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const timer = setTimeout(() => socket.destroy(new Error('the connection hangs')), HANG_MS);
  try {
    await once(socket, 'connect');
    socket.end(bytes);
    return parse((await buffer(socket)).toString('latin1'));
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function parse(text: string): RawAnswer | undefined {
  if (text === '') return undefined;
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const length = Number(headers.get('content-length') ?? 0);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]),
    headers,
    body: rest.join('\r\n\r\n').slice(0, length),
  };
}
