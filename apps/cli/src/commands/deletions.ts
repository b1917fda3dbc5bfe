import type { Command } from 'commander';

import type { MusterClient, Schemas } from '../client.js';
import { CommandError } from '../command-error.js';
import { EXIT } from '../exit-code.js';
import { type Column, field, timeField } from '../output/column.js';
import type { Session } from '../session.js';
import { type Vendor, vendorArgument } from '../vendors.js';
import { findAccount } from './find-account.js';
import { type HeldDeletions, heldDeletionsOf } from './held-deletions.js';
import { type Unit, unitsOf } from './units-of.js';

const COLUMNS: readonly Column<HeldDeletions>[] = [
  field('vendor'),
  field('account_id'),
  field('scope'),
  field('type'),
  field('seen'),
  field('held_deletes'),
  timeField('finished_at'),
  field('task_id'),
  field('unit_id'),
];

const DETAILS: readonly Column<Unit>[] = [
  field('id'),
  field('account_id'),
  field('scope'),
  field('type'),
  field('state'),
  field('seen'),
  field('held_deletes'),
  field('deleted'),
  { name: 'decision', of: ({ prune_decision: decided }) => decided?.decision },
  { name: 'decided_at', of: ({ prune_decision: decided }) => decided?.at },
  { name: 'decided_by', of: ({ prune_decision: decided }) => decided?.by },
  { name: 'undone_at', of: ({ prune_undo: undone }) => undone?.at },
  { name: 'restored', of: ({ prune_undo: undone }) => undone?.restored },
  timeField('finished_at'),
];

const DECIDED: readonly Column<Schemas['DecidedPrune']>[] = [
  field('unit_id'),
  field('decision'),
  field('deleted'),
];

const UNDONE: readonly Column<Schemas['UndonePrune']>[] = [field('unit_id'), field('restored')];

const PATH = '/v1/multicloud-resources/sync/{task_id}/units/{unit_id}/prune';

/** `muster deletions`. */
export function addDeletions(program: Command, session: Session): void {
  const deletions = program
    .command('deletions')
    .description('deletions that are held back, since a listing lacked implausibly much');
  deletions
    .command('list', { isDefault: true })
    .description('list what is held back and can be decided about, account by account')
    .addArgument(vendorArgument('[vendor]'))
    .argument('[account]', "the account's id at the vendor")
    .action(async (vendor: Vendor | undefined, account: string | undefined) => {
      await session.list(everyHeld(await session.client(), vendor, account), COLUMNS);
    });
  ofUnit(deletions.command('show'))
    .description('show what a unit held back or deleted, and what was decided about it')
    .action(async (taskId: string, unitId: string) => {
      await session.show(await findUnit(await session.client(), taskId, unitId), DETAILS);
    });
  addDeciding(deletions, session);
}

function addDeciding(deletions: Command, session: Session): void {
  const decisions = {
    approve: 'delete what the listing lacked: it is gone at the vendor',
    reject: 'keep what the listing lacked: it is still there',
  } as const;
  for (const decision of ['approve', 'reject'] as const) {
    ofUnit(deletions.command(decision))
      .description(decisions[decision])
      .action(async (taskId: string, unitId: string) => {
        const client = await session.client();
        const path = { task_id: taskId, unit_id: unitId };
        const { data } = await client.post(PATH, { params: { path }, body: { decision } });
        await session.show(data, DECIDED);
        if (data.deleted > 0) session.note(`Bring it back: muster deletions undo ${taskId} ${unitId}`);
      });
  }
  ofUnit(deletions.command('undo'))
    .description('bring back what a unit deleted, by itself or approved, once')
    .action(async (taskId: string, unitId: string) => {
      const client = await session.client();
      const path = { task_id: taskId, unit_id: unitId };
      const { data } = await client.post(`${PATH}/undo`, { params: { path } });
      await session.show(data, UNDONE);
    });
}

function ofUnit(command: Command): Command {
  return command
    .argument('<task>', 'the id of the task')
    .argument('<unit>', 'the id of its unit: muster deletions list, muster tasks units -o csv');
}

async function* everyHeld(
  client: MusterClient,
  vendor: Vendor | undefined,
  accountId: string | undefined,
): AsyncGenerator<HeldDeletions> {
  if (vendor !== undefined && accountId !== undefined) {
    yield* heldDeletionsOf(client, await findAccount(client, vendor, accountId));
    return;
  }
  const query = vendor === undefined ? {} : { vendor };
  for await (const account of client.each('/v1/vendor-account', { params: { query } })) {
    yield* heldDeletionsOf(client, account);
  }
}

/** @throws {CommandError} when the task has no such unit. */
async function findUnit(client: MusterClient, taskId: string, unitId: string): Promise<Unit> {
  const { data: task } = await client.get('/v1/multicloud-resources/sync/{task_id}', {
    params: { path: { task_id: taskId } },
  });
  const unit = unitsOf(task).find(({ id }) => id === unitId);
  if (unit !== undefined) return unit;
  throw new CommandError(`the task ${taskId} has no unit "${unitId}"`, {
    code: 'NOT_FOUND',
    exitCode: EXIT.failed,
    hint: `See which there are: muster tasks units ${taskId} -o csv`,
  });
}
