import type { Querier } from '../database.js';
import { endOf, type Month, type PartitionPlan, planPartitions, startOf } from './plan-partitions.js';

/** Lets one process at a time change the partitions; the number spells PART. */
const PARTITION_LOCK = 0x50415254;
/**
 * How long a change of partitions may wait for transactions that write or read changes, in milliseconds.
 * Those that come later wait behind it meanwhile.
 */
const LOCK_TIMEOUT_MS = 1_000;

/** What is to be done about the partitions of `resource_change`; undefined when nothing is. */
export async function findPartitionWork(
  client: Querier,
  retentionDays: number,
): Promise<PartitionPlan | undefined> {
  const { rows } = await client.query<{ now: Date; present: Month[]; strays: Month[] }>(
    `SELECT now() AS now,
       ARRAY(SELECT translate(substring(relname FROM '^resource_change_(\\d{4}_\\d{2})$'), '_', '-')
         FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = 'resource_change'::regclass AND relname ~ '^resource_change_\\d{4}_\\d{2}$'
         ORDER BY 1) AS present,
       ARRAY(SELECT DISTINCT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM') FROM resource_change_default
         WHERE at < date_trunc('month', now(), 'UTC') + interval '2 months' ORDER BY 1) AS strays`,
  );
  const [state] = rows;
  if (state === undefined) throw new Error('a SELECT without FROM returned no row');
  const plan = planPartitions(state, retentionDays);
  return plan.make.length + plan.drop.length + plan.discard.length > 0 ? plan : undefined;
}

/**
 * Does it, in the transaction that `client` is in. Undefined when another process is at it, or has done it.
 * @throws an error of SQLSTATE 55P03 when the table stays busy for longer than a second.
 */
export async function doPartitionWork(
  client: Querier,
  retentionDays: number,
): Promise<PartitionPlan | undefined> {
  const lock = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS ours', [
    PARTITION_LOCK,
  ]);
  if (lock.rows[0]?.ours !== true) return undefined;
  const plan = await findPartitionWork(client, retentionDays);
  if (plan === undefined) return undefined;
  await client.query(`SET LOCAL lock_timeout = ${String(LOCK_TIMEOUT_MS)}`);
  // Dropping locks the whole table, making only the default partition: whoever reads locks in this order.
  for (const month of plan.drop) await client.query(`DROP TABLE ${partitionOf(month)}`);
  await client.query('LOCK TABLE resource_change_default IN ACCESS EXCLUSIVE MODE');
  for (const month of plan.discard) {
    await client.query('DELETE FROM resource_change_default WHERE at >= $1 AND at < $2', boundsOf(month));
  }
  for (const month of plan.make) await makePartition(client, month);
  return plan;
}

/**
 * Made beside the table and attached then, which doesn't keep others from writing to its other partitions.
 * The rows come before, since a partition cannot be for what the default one holds.
 */
async function makePartition(client: Querier, month: Month): Promise<void> {
  const name = partitionOf(month);
  await client.query(`CREATE TABLE ${name} (LIKE resource_change INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
  await client.query(
    `WITH moved AS (DELETE FROM resource_change_default WHERE at >= $1 AND at < $2 RETURNING *)
     INSERT INTO ${name} SELECT * FROM moved`,
    boundsOf(month),
  );
  const [from, to] = boundsOf(month).map((bound) => `'${bound.toISOString()}'`);
  await client.query(
    `ALTER TABLE resource_change ATTACH PARTITION ${name} FOR VALUES FROM (${from}) TO (${to})`,
  );
}

/** The rule by which the migration names them as well. */
function partitionOf(month: Month): string {
  return `resource_change_${month.replace('-', '_')}`;
}

function boundsOf(month: Month): [Date, Date] {
  return [startOf(month), endOf(month)];
}
