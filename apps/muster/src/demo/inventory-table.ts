import Table from 'cli-table3';

import type { Schemas } from '#client';

/** Plain lines, no colours: it is read on terminals, in logs and in CI alike. */
const STYLE = { head: [], border: [], compact: true };
const MS_PER_SECOND = 1_000;
/** The longest name shown. */
const MAX_NAME = 40;

/** One vendor's sync, and what the inventory has of it now. */
export interface SyncedCloud {
  title: string;
  task: Schemas['SyncTask'];
  resources: number;
}

/** What was synced of each vendor, and how. */
export function renderClouds(clouds: readonly SyncedCloud[]): string {
  const table = new Table({
    head: ['Vendor', 'Accounts', 'Scopes', 'Types', 'Resources', 'Created', 'Updated', 'Seconds', 'State'],
    colAligns: ['left', ...Array.from({ length: 7 }, () => 'right' as const), 'left'],
    style: STYLE,
  });
  for (const { title, task, resources } of clouds) {
    const units = task.accounts.flatMap((account) => account.units);
    table.push([
      title,
      task.accounts.length,
      new Set(units.map(({ scope }) => scope)).size,
      new Set(units.map(({ type }) => type)).size,
      resources,
      task.counts.created,
      task.counts.updated,
      secondsOf(task),
      task.state,
    ]);
  }
  return table.toString();
}

function secondsOf({ started_at: started, finished_at: finished }: Schemas['SyncTask']): string {
  if (started === null || finished === null) return '–';
  return ((Date.parse(finished) - Date.parse(started)) / MS_PER_SECOND).toFixed(1);
}

/** A few virtual machines, as the API shows them. */
export function renderServers(servers: readonly Schemas['ResourceDetails'][]): string {
  const table = new Table({
    head: ['Virtual machine', 'Vendor', 'Region', 'Status', 'Addresses'],
    style: STYLE,
  });
  for (const { name, vendor, region_id: region, status, addresses } of servers) {
    table.push([name.slice(0, MAX_NAME), vendor, region, status, addresses.slice(0, 2).join(', ')]);
  }
  return table.toString();
}
