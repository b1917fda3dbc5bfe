/** The fault suite: `npm run test:faults`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { projectRoot } from '#platform';

import globalSetup from '../support/global-setup.mjs';
import globalTeardown from '../support/global-teardown.mjs';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type Command, parseCommandLine, USAGE } from './command-line.js';
import { PLANTED_FAULTS } from './planted-faults.js';
import type { ScheduleOutcome } from './schedule.js';
import type { ScheduleOrder } from './schedule-process.js';
import { ScheduleRunner } from './schedule-runner.js';

/** Where the whole log of a failed schedule goes. */
const FAILURES = join(projectRoot, '.muster', 'faults');
/** How often the progress is told, in schedules. */
const PROGRESS_STEP = 20;
/** Seeds of the schedules with planted faults: none that a user would give. */
const PLANTED_SEED = 2_000_000_000;
/** Not every schedule does what a planted fault spoils. */
const PLANTED_TRIES = 4;

const begin = performance.now();

function say(line: string): void {
  const seconds = Math.round((performance.now() - begin) / 1_000);
  process.stdout.write(`${String(seconds).padStart(4)} s  ${line}\n`);
}

/** Runs schedules, as many side by side as are asked for. */
class Lanes {
  private constructor(
    private readonly runners: readonly ScheduleRunner[],
    private readonly redis: TestRedis,
    private readonly command: Command,
  ) {}

  static async open(redis: TestRedis, command: Command): Promise<Lanes> {
    const processes = Array.from({ length: command.processes });
    return new Lanes(await Promise.all(processes.map(() => ScheduleRunner.start())), redis, command);
  }

  async run(
    orders: readonly Omit<ScheduleOrder, 'backend'>[],
    hear: (outcome: ScheduleOutcome) => Promise<void>,
  ): Promise<void> {
    const { runners, redis, command } = this;
    const left = [...orders];
    const lanes = Array.from({ length: runners.length * command.concurrency }, async (_, lane) => {
      const runner = runners[lane % runners.length];
      for (let order = left.shift(); order !== undefined && runner !== undefined; order = left.shift()) {
        const backend = command.backend ?? (order.seed % 2 === 0 ? 'postgres' : 'redis');
        const queue = backend === 'redis' ? { queueUrl: `${redis.url}/${String(lane)}` } : {};
        await hear(await runner.run({ ...order, backend, ...queue }));
      }
    });
    await Promise.all(lanes);
  }

  async close(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.stop()));
  }
}

/** Proves that the checks bite: each planted fault has to be noticed. Returns those that were not. */
async function runPlantedFaults(lanes: Lanes): Promise<string[]> {
  const unnoticed = new Map(PLANTED_FAULTS.map(({ name }, planted) => [planted, name]));
  for (let tries = 0; tries < PLANTED_TRIES && unnoticed.size > 0; tries += 1) {
    const first = PLANTED_SEED + tries * PLANTED_FAULTS.length;
    const orders = [...unnoticed.keys()].map((planted) => ({ seed: first + planted, planted }));
    await lanes.run(orders, ({ seed, complaints }) => {
      const fault = PLANTED_FAULTS[seed - first];
      if (complaints.some((complaint) => fault?.noticed.test(complaint))) unnoticed.delete(seed - first);
      return Promise.resolve();
    });
  }
  for (const name of unnoticed.values()) say(`✗ nobody noticed that Muster ${name}`);
  const planted = PLANTED_FAULTS.length;
  say(`${String(planted - unnoticed.size)} of ${String(planted)} planted faults noticed`);
  return [...unnoticed.values()];
}

/** Returns how to run again what failed. */
async function runSchedules(lanes: Lanes, command: Command): Promise<string[]> {
  const outcomes: ScheduleOutcome[] = [];
  const failed: string[] = [];
  const run = process.env['MUSTER_TEST_RUN'] ?? '';
  // Those with real processes take longest, so they begin.
  const orders = [
    ...command.realSeeds.map((seed) => ({ seed, serverFolder: join(run, `real-${String(seed)}`) })),
    ...command.seeds.map((seed) => ({ seed })),
  ];
  say(`seeds from ${String(command.seeds[0] ?? command.realSeeds[0])} on`);
  await lanes.run(orders, async (outcome) => {
    const { seed, story, complaints } = outcome;
    outcomes.push(outcome);
    if (command.verbose) for (const line of story) process.stdout.write(`        ${line}\n`);
    if (complaints.length > 0) {
      const real = command.realSeeds.includes(seed) ? ' --real 1' : '';
      failed.push(`npm run test:faults -- --only-seed ${String(seed)}${real}`);
      await report(outcome, failed.at(-1) ?? '');
    }
    if (outcomes.length % PROGRESS_STEP === 0) say(`${String(outcomes.length)} schedules`);
  });
  const sum = (what: 'syncs' | 'faults') => outcomes.reduce((total, outcome) => total + outcome[what], 0);
  say(
    `${String(outcomes.length)} schedules, ${String(sum('syncs'))} syncs, ${String(sum('faults'))} faults, ` +
      `${String(failed.length)} failed`,
  );
  return failed;
}

async function report({ seed, complaints, story, log }: ScheduleOutcome, again: string): Promise<void> {
  await mkdir(FAILURES, { recursive: true });
  const file = join(FAILURES, `${String(seed)}.log`);
  await writeFile(file, [...complaints, '', ...story, '', ...log.map((line) => line.trimEnd())].join('\n'));
  say(`✗ schedule ${String(seed)} broke ${String(complaints.length)} invariants:`);
  for (const complaint of complaints) process.stdout.write(`        ${complaint}\n`);
  process.stdout.write(`        its log: ${file}\n        again: ${again}\n`);
}

async function run(command: Command): Promise<void> {
  const redis = await startRedis();
  const lanes = await Lanes.open(redis, command);
  try {
    const missed = command.planted ? await runPlantedFaults(lanes) : [];
    const failed = await runSchedules(lanes, command);
    for (const again of failed) process.stdout.write(`${again}\n`);
    const planted = command.planted ? PLANTED_FAULTS.length : 0;
    const broken = failed.length + missed.length;
    const tried = command.seeds.length + command.realSeeds.length + planted;
    process.stdout.write(`${String(tried - broken)} passed, ${String(broken)} failed\n`);
    process.exitCode = broken === 0 ? 0 : 1;
  } finally {
    await lanes.close();
    await redis.stop();
  }
}

try {
  const command = parseCommandLine(process.argv.slice(2));
  await globalSetup();
  await run(command).finally(globalTeardown);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
