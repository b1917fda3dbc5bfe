import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import type { Dice } from './dice.js';
import type { EstateWorker } from './estate-worker.js';
import type { SimulatedEstate } from './simulated-estate.js';

/** What a fault does it to, and by whose leave. */
export interface FaultContext {
  estate: SimulatedEstate;
  dice: Dice;
  /** Names the fault among all of the schedule's, for the dice. */
  question: string;
  /** On Postgres the queue has tables that can be lost. */
  queueIsOnPostgres: boolean;
  tell: (what: string) => void;
}

/** Does it; what lasts is over when the promise is kept. */
type FaultAction = (context: FaultContext) => Promise<void>;

const HOUR_MS = 3_600_000;

/** Faults of processes, network, database, queue and clock, with their weights. */
export const FAULT_ACTIONS: Readonly<Record<string, { weight: number; act: FaultAction }>> = {
  kill: { weight: 14, act: kill },
  'kill in the middle': { weight: 26, act: killInTheMiddle },
  'graceful restart': { weight: 8, act: restart },
  partition: { weight: 10, act: partition },
  'connection reset': { weight: 8, act: resetConnections },
  'backends terminated': { weight: 8, act: terminateBackends },
  'database refuses': { weight: 6, act: refuseConnections },
  'queue emptied': { weight: 7, act: emptyQueue },
  'queue schema lost': { weight: 8, act: loseQueueSchema },
  'clock jump': { weight: 10, act: jumpClock },
  'lease stolen': { weight: 8, act: stealLease },
  'cursors expire': { weight: 4, act: expireCursors },
  'server restarted': { weight: 30, act: restartServer },
};

function pickWorker({ estate, dice, question }: FaultContext): EstateWorker | undefined {
  return estate.workers.length === 0 ? undefined : dice.pick(`${question} worker`, estate.workers);
}

async function replace({ estate, dice, question }: FaultContext, clockOffsetMs: number): Promise<void> {
  await delay(dice.between(`${question} down for`, 0, 200));
  await estate.addWorker(clockOffsetMs);
}

async function kill(context: FaultContext): Promise<void> {
  const worker = pickWorker(context);
  if (worker === undefined) return;
  context.estate.strikeOff(worker);
  worker.kill();
  await replace(context, worker.clock.offsetMs);
}

async function killInTheMiddle(context: FaultContext): Promise<void> {
  const { dice, question, estate, tell } = context;
  const worker = pickWorker(context);
  if (worker === undefined) return;
  estate.strikeOff(worker);
  const pieces = dice.between(`${question} pieces`, 1, 80);
  const delivered = dice.chance(`${question} delivered`, 0.5);
  tell(`after ${String(pieces)} pieces, the last ${delivered ? 'delivered' : 'lost'}`);
  await worker.killAfter(pieces, delivered);
  await replace(context, worker.clock.offsetMs);
}

async function restart(context: FaultContext): Promise<void> {
  const worker = pickWorker(context);
  if (worker === undefined) return;
  context.estate.strikeOff(worker);
  const stopping = worker.stop();
  await replace(context, worker.clock.offsetMs);
  await stopping;
}

async function partition(context: FaultContext): Promise<void> {
  const { dice, question, tell } = context;
  const ms = dice.between(`${question} ms`, 100, 2_500); // a lease lasts 1,500
  tell(`for ${String(ms)} ms`);
  await pickWorker(context)?.partition(ms);
}

async function resetConnections(context: FaultContext): Promise<void> {
  const { dice, question, estate } = context;
  if (dice.chance(`${question} api`, 0.25)) estate.resetApiConnections();
  else pickWorker(context)?.resetConnections();
}

async function terminateBackends({ estate }: FaultContext): Promise<void> {
  await estate.look(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
}

async function refuseConnections(context: FaultContext): Promise<void> {
  const { estate, dice, question, tell } = context;
  const name = pg.escapeIdentifier(new URL(estate.ground.database.url).pathname.slice(1));
  const ms = dice.between(`${question} ms`, 50, 500);
  tell(`for ${String(ms)} ms`);
  await onServer(context, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await onServer(
    context,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE quote_ident(datname) = '${name}'`,
  );
  await delay(ms);
  await onServer(context, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
}

/** Runs a statement beside the estate's database, however often the server is away. */
async function onServer({ estate }: FaultContext, statement: string): Promise<void> {
  const url = new URL(estate.ground.database.url);
  url.pathname = '/postgres';
  await estate.asClient(async () => {
    const server = new pg.Client({ connectionString: url.href });
    server.on('error', () => undefined);
    try {
      await server.connect();
      await server.query(statement);
    } finally {
      await server.end();
    }
  });
}

/** Only where the estate has a server of its own. */
async function restartServer({ estate, dice, question, tell }: FaultContext): Promise<void> {
  const mode = dice.pick(`${question} mode`, ['fast', 'immediate'] as const);
  tell(estate.ground.server === undefined ? 'not here' : mode);
  await estate.ground.server?.restart(mode);
}

async function emptyQueue({ estate }: FaultContext): Promise<void> {
  await estate.emptyQueue();
}

const QUEUE_LOSSES = [
  'DROP SCHEMA IF EXISTS bullmq CASCADE',
  'DROP TABLE IF EXISTS bullmq.job CASCADE',
  'DROP TABLE IF EXISTS bullmq.meta CASCADE',
  'DROP TYPE IF EXISTS bullmq.job_state CASCADE',
  'DROP FUNCTION IF EXISTS bullmq.move_to_active CASCADE',
  'DROP FUNCTION IF EXISTS bullmq.add_jobs_bulk CASCADE',
];

async function loseQueueSchema(context: FaultContext): Promise<void> {
  const { estate, dice, question, queueIsOnPostgres, tell } = context;
  if (!queueIsOnPostgres) return emptyQueue(context);
  const statement = dice.pick(`${question} statement`, QUEUE_LOSSES);
  tell(statement);
  // Workers hold locks on what is dropped: it is given up rather than let them wait long.
  await estate.look(`SET lock_timeout = 2000; ${statement}; RESET lock_timeout`).catch((error: unknown) => {
    tell(`not lost: ${(error as Error).message}`);
  });
}

async function jumpClock(context: FaultContext): Promise<void> {
  const { dice, question, tell } = context;
  const worker = pickWorker(context);
  if (worker === undefined) return;
  const hours = dice.between(`${question} hours`, -48, 48);
  tell(`to ${String(hours)} h`);
  worker.clock.offsetMs = hours * HOUR_MS;
}

/**
 * Somebody else may take the work of a worker that goes on: as if it had been away for long and comes back
 * before anybody noticed, or after another took over.
 */
async function stealLease({ estate, dice, question }: FaultContext): Promise<void> {
  const taken = dice.chance(`${question} taken`, 0.6) ? ', lease_token = gen_random_uuid()' : '';
  for (const table of ['sync_unit', 'sync_run']) {
    await estate.look(
      `UPDATE ${table} SET lease_until = now() - interval '1 hour'${taken} WHERE lease_token IS NOT NULL`,
    );
  }
}

async function expireCursors({ estate }: FaultContext): Promise<void> {
  estate.cloud.expireCursors();
}
