import { Agent, request } from 'node:http';

import type { BenchApi } from './bench-api.js';
import type { ListingQuery, ListingRequest } from './listing-requests.js';

const LIST = '/v1/multicloud-resources';
const OK = 200;
const NOTHING = /^\{"data":(\[\]|0)\}$/;
const MAX_QUOTED = 200;

/** Asks for pages and counts, one after the other on one connection, and says how long each took. */
export class ListingClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly api: BenchApi) {}

  /**
   * Milliseconds of each of so many requests, in ascending order, to the last byte of the answer.
   * @throws {Error} when nothing is found: a benchmark of something else than it says would be worse than none.
   */
  async measure(times: number, { path, queryOf }: ListingRequest): Promise<number[]> {
    const latencies: number[] = [];
    for (let time = 0; time < times; time += 1) {
      const address = `${LIST}${path}?${encode(queryOf(time))}`;
      const begin = performance.now();
      const body = await this.get(address);
      latencies.push(performance.now() - begin);
      if (NOTHING.test(body)) throw new Error(`${address.slice(0, MAX_QUOTED)} finds nothing.`);
    }
    return latencies.sort((one, other) => one - other);
  }

  close(): void {
    this.agent.destroy();
  }

  private get(address: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${this.api.key}` };
      request(this.api.url + address, { agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          if (response.statusCode === OK) resolve(body);
          else reject(new Error(`${address.slice(0, MAX_QUOTED)}: ${String(response.statusCode)} ${body}`));
        });
      })
        .on('error', reject)
        .end();
    });
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
