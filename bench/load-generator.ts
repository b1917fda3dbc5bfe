import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';

import { percentile } from './results.js';

/**
 * Asks for an account's sync at a steady rate, whether answers come or not: a server that falls behind meets
 * a growing queue, as it would with real clients. A latency counts from when its request was due, so that
 * one slow answer cannot hide those that it held up. Prints one line of JSON when it is through.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    account: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const rate = Number(values.rate);
const total = Math.round(rate * Number(values.seconds));
const body = JSON.stringify({ vendor: 'VMWARE', account_id: values.account });
const agent = new Agent({ keepAlive: true });
const latencies: number[] = [];
let failures = 0;

function post(due: number): Promise<void> {
  return new Promise((resolve) => {
    const settle = (failed: boolean): void => {
      latencies.push(performance.now() - due);
      if (failed) failures += 1;
      resolve();
    };
    const sent = request(
      `${values.url ?? ''}/v1/multicloud-resources/sync`,
      {
        method: 'POST',
        agent,
        headers: {
          Authorization: `Bearer ${values.key ?? ''}`,
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
        },
      },
      (response) => {
        response.resume().on('end', () => {
          settle(response.statusCode !== 200);
        });
      },
    );
    sent.on('error', () => {
      settle(true);
    });
    sent.end(body);
  });
}

const begin = performance.now();
const posts: Promise<void>[] = [];
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    for (;;) {
      const due = begin + (posts.length * 1_000) / rate;
      if (posts.length === total) break;
      if (due > performance.now()) return;
      posts.push(post(due));
    }
    clearInterval(timer);
    resolve();
  }, 1);
});
await Promise.all(posts);
agent.destroy();
latencies.sort((one, other) => one - other);
process.stdout.write(
  `${JSON.stringify({
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    max: latencies.at(-1),
    failures,
  })}\n`,
);
