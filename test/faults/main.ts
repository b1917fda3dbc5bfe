/** The fault suite: `npm run test:faults`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { projectRoot } from '#platform';

import globalSetup from '../support/global-setup.mjs';
import globalTeardown from '../support/global-teardown.mjs';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type Command, parseCommandLine, USAGE } from './command-line.js';
import type { ScheduleOutcome } from './schedule.js';
import { ScheduleRunner } from './schedule-runner.js';

/** Where the whole log of a failed schedule goes. */
const FAILURES = join(projectRoot, '.muster', 'faults');
/** How often the progress is told, in schedules. */
const PROGRESS_STEP = 20;

const begin = performance.now();

function say(line: string): void {
  const seconds = Math.round((performance.now() - begin) / 1_000);
  process.stdout.write(`${String(seconds).padStart(4)} s  ${line}\n`);
}

/** Runs the schedules, as many side by side as are asked for. */
async function runSchedules(command: Command, redis: TestRedis): Promise<ScheduleOutcome[]> {
  const runners = await Promise.all(Array.from({ length: command.processes }, () => ScheduleRunner.start()));
  const seeds = [...command.seeds];
  const outcomes: ScheduleOutcome[] = [];
  const lanes = Array.from({ length: command.processes * command.concurrency }, async (_, lane) => {
    const runner = runners[lane % runners.length];
    for (let seed = seeds.shift(); seed !== undefined && runner !== undefined; seed = seeds.shift()) {
      const backend = command.backend ?? (seed % 2 === 0 ? 'postgres' : 'redis');
      const outcome = await runner.run({
        seed,
        backend,
        ...(backend === 'redis' ? { queueUrl: `${redis.url}/${String(lane)}` } : {}),
      });
      outcomes.push(outcome);
      await report(command, outcome);
      if (outcomes.length % PROGRESS_STEP === 0) say(`${String(outcomes.length)} schedules`);
    }
  });
  await Promise.all(lanes);
  await Promise.all(runners.map((runner) => runner.stop()));
  return outcomes;
}

async function report({ verbose }: Command, outcome: ScheduleOutcome): Promise<void> {
  const { seed, complaints, story, log } = outcome;
  if (verbose) for (const line of story) process.stdout.write(`        ${line}\n`);
  if (complaints.length === 0) return;
  await mkdir(FAILURES, { recursive: true });
  const file = join(FAILURES, `${String(seed)}.log`);
  await writeFile(file, [...complaints, '', ...story, '', ...log.map((line) => line.trimEnd())].join('\n'));
  say(`✗ schedule ${String(seed)} broke ${String(complaints.length)} invariants:`);
  for (const complaint of complaints) process.stdout.write(`        ${complaint}\n`);
  process.stdout.write(`        its log: ${file}\n`);
  process.stdout.write(`        again: npm run test:faults -- --only-seed ${String(seed)}\n`);
}

function sum(outcomes: readonly ScheduleOutcome[], what: 'syncs' | 'faults'): string {
  return String(outcomes.reduce((total, outcome) => total + outcome[what], 0));
}

async function main(): Promise<void> {
  let command: Command;
  try {
    command = parseCommandLine(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  await globalSetup();
  const redis = await startRedis();
  try {
    say(`seeds from ${String(command.seeds[0])} on`);
    const outcomes = await runSchedules(command, redis);
    const failed = outcomes.filter(({ complaints }) => complaints.length > 0);
    const [all, broken] = [String(outcomes.length), String(failed.length)];
    say(
      `${all} schedules, ${sum(outcomes, 'syncs')} syncs, ${sum(outcomes, 'faults')} faults, ${broken} failed`,
    );
    for (const { seed } of failed)
      process.stdout.write(`npm run test:faults -- --only-seed ${String(seed)}\n`);
    process.stdout.write(`${String(outcomes.length - failed.length)} passed, ${broken} failed\n`);
    process.exitCode = failed.length === 0 ? 0 : 1;
  } finally {
    await redis.stop();
    await globalTeardown();
  }
}

await main();
