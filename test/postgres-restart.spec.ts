import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { MusterError } from '#client';

import { eventually } from './support/eventually.js';
import { queueBackends } from './support/redis.js';
import { RestartablePostgres } from './support/restartable-postgres.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TEST_TIMING, TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const TYPES = ['first', 'second', 'third'];
const PAGES = 6;
/** Pages before which the server goes away, in the first type's listing. */
const OUTAGES = [2, 4];

/** What a worker cannot give back while the server is away is soon taken up again. */
const TIMING = { ...TEST_TIMING, leaseMs: 2_000 };

/** What a type has: at the second sync other content, less and more than at the first. */
function pagesOfType(type: string, sync: 'first' | 'second'): string[][] {
  const all = Array.from({ length: PAGES }, (_, page) => items(`${type}-p${String(page)}-`, 7));
  if (sync === 'first') return all;
  return all.map((page, index) => [
    ...page.slice(1).map((item, place) => (place % 3 === 0 ? `${item}=changed` : item)),
    `${type}-new-${String(index)}`,
  ]);
}

describe.each(queueBackends())(
  'Postgres restarted in the middle of a sync, with the queue on %s',
  (backend) => {
    let postgres: RestartablePostgres;
    let muster: TestMuster;
    let vendor: ScriptedVendor;

    beforeAll(async () => {
      // In the run's folder, which the next run clears away if this one is killed.
      const folder = join(process.env['MUSTER_TEST_RUN'] ?? '', `restart-${backend}`);
      postgres = await RestartablePostgres.start(folder);
    });
    afterAll(() => postgres.remove());

    beforeEach(async () => {
      vendor = new ScriptedVendor();
      muster = await start();
    });
    afterEach(() => muster.close());

    const start = async () => {
      const own = { server: postgres.url, timing: TIMING };
      const started = await TestMuster.start({ backend, adapters: vendor.adapters, ...own });
      await started.addAccount(scriptedAccount('a'));
      return started;
    };
    const list = (sync: 'first' | 'second', before: (type: string, page: number) => Promise<void>) => {
      for (const type of TYPES) {
        vendor.scripts[type] = pagesOf(pagesOfType(type, sync), (page) => before(type, page));
      }
    };
    const undisturbed = () => Promise.resolve();
    /** The inventory to the byte, and how often what was done to it. */
    const outcome = async ({ sql }: TestMuster) => {
      const inventory = await sql.query<{ line: string }>(
        `SELECT concat_ws(' ', resource_type, scope_key, native_id, encode(content_hash, 'hex'),
         deleted_at IS NULL) AS line FROM resource ORDER BY 1`,
      );
      const changes = await sql.query<{ line: string }>(
        `SELECT concat_ws(' ', r.resource_type, r.native_id, c.kind, encode(c.before_hash, 'hex'),
         encode(c.after_hash, 'hex')) AS line
       FROM resource_change c JOIN resource r ON r.id = c.resource_id ORDER BY 1`,
      );
      return { inventory: inventory.rows, changes: changes.rows };
    };

    it.each(['fast', 'immediate'] as const)(
      'answers 503 meanwhile, goes on by itself, and leaves what an undisturbed sync does (%s)',
      async (mode) => {
        list('first', undisturbed);
        await muster.sync(SYNC);
        const outages = new Set(OUTAGES);
        const statuses: number[] = [];
        list('second', async (type, page) => {
          if (type !== TYPES[0] || !outages.delete(page)) return;
          await postgres.stop(mode);
          const answers = await Promise.all([
            muster.call('POST', '/v1/multicloud-resources/sync', { body: SYNC }),
            muster.call('GET', '/v1/multicloud-resources?vendor=VMWARE&limit=1'),
            muster.call('GET', '/readyz', { apiKey: '' }),
          ]);
          for (const { status, body } of answers) {
            statuses.push(status);
            expect(body).toMatchObject({ error_code: 'COC.00010503' });
          }
          await postgres.resume();
        });

        const taskId = await muster.requestSync(SYNC);
        const task = await eventually('the sync ends', async () => {
          const shown = await muster.showTask(taskId).catch((error: unknown) => {
            if (error instanceof MusterError && error.retryable) return undefined;
            throw error;
          });
          return shown === undefined || ['QUEUED', 'RUNNING'].includes(shown.state) ? undefined : shown;
        });

        expect(task.state).toBe('SUCCEEDED');
        expect(outages.size).toBe(0);
        expect(statuses).toEqual(Array.from({ length: 3 * OUTAGES.length }, () => 503));
        const disturbed = await outcome(muster);
        await muster.close();
        muster = await start();
        for (const sync of ['first', 'second'] as const) {
          list(sync, undisturbed);
          await muster.sync(SYNC);
        }
        expect(disturbed).toEqual(await outcome(muster));
        expect(disturbed.changes).toHaveLength(TYPES.length * (PAGES * 7 + PAGES * (1 + 2 + 1)));
      },
    );
  },
);
