import { connect, type Socket } from 'node:net';

import type { BenchApi } from './bench-api.js';
import type { ListingQuery, ListingRequest } from './listing-requests.js';

const LIST = '/v1/multicloud-resources';
const NOTHING = /^\{"data":(\[\]|0)\}$/;
const MAX_QUOTED = 200;
const READ_BYTES = 256 * 1024;
const HEAD_ENDS = '\r\n\r\n';

/**
 * Asks for pages and counts, one after the other on one connection, and says how long each took. It reads into the
 * one buffer that it has: Node's own client allocates a megabyte for a page, and what it then does to free some of
 * them, beside the API and Postgres on the same cores, takes longer than they need to answer.
 */
export class ListingClient {
  private readonly socket: Promise<Socket>;
  private answer = new Answer(() => undefined);
  private fail: (error: Error) => void = () => undefined;

  constructor(private readonly api: BenchApi) {
    const { hostname, port } = new URL(api.url);
    this.socket = new Promise((resolve, reject) => {
      const buffer = Buffer.alloc(READ_BYTES);
      const callback = (length: number) => this.answer.read(buffer.subarray(0, length));
      const socket = connect({
        host: hostname,
        port: Number(port),
        noDelay: true,
        onread: { buffer, callback },
      });
      socket.once('connect', () => {
        resolve(socket);
      });
      socket.once('close', () => {
        reject(new Error('the API is not there'));
        this.fail(new Error('the API ended the connection'));
      });
      socket.on('error', reject);
    });
  }

  /**
   * Milliseconds of each of so many requests, in ascending order, to the last byte of the answer.
   * @throws {Error} when nothing is found: a benchmark of something else than it says would be worse than none.
   */
  async measure(times: number, { path, queryOf }: ListingRequest): Promise<number[]> {
    const socket = await this.socket;
    const latencies: number[] = [];
    for (let time = 0; time < times; time += 1) {
      const address = `${LIST}${path}?${encode(queryOf(time))}`;
      const begin = performance.now();
      const { isOk, body } = await this.get(socket, address);
      latencies.push(performance.now() - begin);
      const quoted = address.slice(0, MAX_QUOTED);
      if (!isOk) throw new Error(`${quoted}: ${body}`);
      if (NOTHING.test(body)) throw new Error(`${quoted} finds nothing.`);
    }
    return latencies.sort((one, other) => one - other);
  }

  async close(): Promise<void> {
    (await this.socket).destroy();
  }

  private get(socket: Socket, address: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.fail = reject;
      this.answer = new Answer(resolve);
      const { host } = new URL(this.api.url);
      socket.write(
        `GET ${address} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${this.api.key}${HEAD_ENDS}`,
      );
    });
  }
}

/** An answer whose length its head tells, of which only the beginning is kept. */
class Answer {
  isOk = false;
  /** How the body begins. */
  body = '';
  private left: number | undefined;

  constructor(private readonly finish: (answer: Answer) => void) {}

  /** Takes what came. Asks for more by the `true` that `onread` wants. */
  read(chunk: Buffer): true {
    const body = this.left === undefined ? this.readHead(chunk) : chunk;
    if (this.body === '') this.body = body.toString('utf8', 0, MAX_QUOTED);
    this.left = (this.left ?? 0) - body.length;
    if (this.left === 0) this.finish(this);
    return true;
  }

  private readHead(chunk: Buffer): Buffer {
    const end = chunk.indexOf(HEAD_ENDS);
    const head = chunk.toString('latin1', 0, Math.max(end, 0));
    const length = /^content-length: (\d+)$/im.exec(head)?.[1];
    if (length === undefined) throw new Error(`an answer without its length: ${head}`);
    this.isOk = head.startsWith('HTTP/1.1 200 ');
    this.left = Number(length);
    return chunk.subarray(end + HEAD_ENDS.length);
  }
}

/** Several values of one parameter are sent as one each. */
function encode(query: ListingQuery): string {
  const encoded = new URLSearchParams({ vendor: 'VMWARE' });
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) encoded.append(name, value);
  }
  return encoded.toString();
}
