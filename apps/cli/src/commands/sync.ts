import type { Command } from 'commander';

import type { Session } from '../session.js';
import { type Vendor, vendorArgument } from '../vendors.js';
import { watchTask } from '../watch/watch-task.js';
import { showPlan } from './show-plan.js';
import { showTask } from './show-task.js';

interface SyncOptions {
  watch?: true;
  plan?: true;
  force?: true;
}

/** `muster sync`. */
export function addSync(program: Command, session: Session): void {
  program
    .command('sync')
    .description('sync an account, or all accounts of a vendor; tells the id of the task')
    .addArgument(vendorArgument('<vendor>'))
    .argument('[account]', "the account's id at the vendor; without it, all of them")
    .option('--watch', 'follow it to its end, show how it is going, and end as it did')
    .option('--plan', 'only find out what a sync would do, and show that: nothing is written')
    .option('--force', 'not satisfied by a sync that runs already: a follow-up waits for its end')
    .action(async (vendor: Vendor, account: string | undefined, { watch, plan, force }: SyncOptions) => {
      const client = await session.client();
      const { data: taskId } = await client.post('/v1/multicloud-resources/sync', {
        params: {
          query: { ...(plan === true ? { plan } : {}), ...(force === true ? { force } : {}) },
          header: { 'Idempotency-Key': crypto.randomUUID() },
        },
        body: { vendor, ...(account === undefined ? {} : { account_id: account }) },
      });
      if (plan === true) {
        await watchTask(session, client, taskId);
        return showPlan(session, client, taskId);
      }
      if (watch === true) return showTask(session, await watchTask(session, client, taskId));
      return session.tell('task_id', taskId);
    });
}
