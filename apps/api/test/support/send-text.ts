import { once } from 'node:events';
import { connect } from 'node:net';

import type { Answer } from '../../../../test/support/test-muster.js';

/** Sends text as it is, which need not be HTTP, and reads the whole answer. */
export async function sendText(url: string, text: string): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  socket.end(text);
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const headers = new Headers(fields.map((field) => field.split(': ') as [string, string]));
  return {
    status: Number(line.split(' ')[1]),
    headers,
    body: JSON.parse(body) as Record<string, unknown>,
  };
}
