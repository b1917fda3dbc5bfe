import { describe, expect, it } from '@jest/globals';

import { eventually } from './support/eventually.js';
import { queueBackends, startRedis } from './support/redis.js';
import { operatorsUrl, Scrape } from './support/scrape.js';
import { TestMuster } from './support/test-muster.js';

const METRICS = { host: '127.0.0.1', port: 0, accounts: 0 };
const READY = { status: 200, body: '{"status":"ok"}' };
const NOT_READY = { status: 503, body: '{"status":"unavailable"}' };

async function probe(muster: TestMuster, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(operatorsUrl(muster) + path);
  return { status: response.status, body: await response.text() };
}

/** What the log says of being ready. */
const told = ({ logs }: TestMuster): unknown[] =>
  logs
    .map((line) => JSON.parse(line) as { msg: string; reason?: string })
    .filter(({ msg }) => msg === 'not ready' || msg === 'ready again')
    .map(({ msg, reason }) => reason ?? msg);

/** The one that can be away while Postgres is there. */
const onRedis = queueBackends().includes('redis') ? it : it.skip;

describe("the operators' port", () => {
  onRedis('says alive but not ready while the queue is away, and the API serves on', async () => {
    const redis = await startRedis();
    const muster = await TestMuster.start({ queueUrl: redis.url, metrics: METRICS });
    try {
      expect(await probe(muster, '/readyz')).toEqual(READY);

      await redis.stop();

      await eventually('not ready', async () => (await probe(muster, '/readyz')).status === 503);
      expect(await probe(muster, '/readyz')).toEqual(NOT_READY);
      expect(await probe(muster, '/healthz')).toEqual(READY);
      expect(await muster.call('GET', '/readyz', { apiKey: '' })).toMatchObject({ status: 200 });
      expect(told(muster)).toEqual(['the queue does not answer']); // once, however often it is asked
      const scrape = await Scrape.of(muster);
      expect(scrape.sum('muster_queue_up')).toBe(0);
      expect(scrape.sum('muster_database_up')).toBe(1);
    } finally {
      await muster.close();
      await redis.stop();
    }
  });

  it('is not ready for a database that lacks migrations, and neither is the API', async () => {
    const muster = await TestMuster.start({ workers: false, metrics: METRICS });
    try {
      const lacking = `UPDATE _prisma_migrations SET rolled_back_at = $1 WHERE migration_name LIKE '0001%'`;
      await muster.sql.query(lacking, [new Date()]);
      expect(await probe(muster, '/readyz')).toEqual(NOT_READY);
      expect(await muster.call('GET', '/readyz', { apiKey: '' })).toMatchObject({
        status: 503,
        body: { error_msg: 'The database is not of this version of Muster yet.' },
      });
      expect(await probe(muster, '/healthz')).toEqual(READY);

      await muster.sql.query(lacking, [null]);
      expect(await probe(muster, '/readyz')).toEqual(READY);
      expect(told(muster)).toEqual(['the database lacks migrations of this version', 'ready again']);
    } finally {
      await muster.close();
    }
  });

  it('says in one line that its port is taken', async () => {
    const muster = await TestMuster.start({ workers: false, metrics: METRICS });
    try {
      const port = Number(new URL(operatorsUrl(muster)).port);
      await expect(TestMuster.start({ workers: false, metrics: { ...METRICS, port } })).rejects.toThrow(
        `port ${String(port)} on 127.0.0.1 is taken; choose another with METRICS_PORT=…`,
      );
    } finally {
      await muster.close();
    }
  });
});
