import Table from 'cli-table3';

import type { Schemas } from '#client';

import { sumProgress } from './progress-line.js';

/** Plain lines, no colours: it is read on terminals, in logs and in CI alike. */
const STYLE = { head: [], border: [], compact: true };
const MS_PER_SECOND = 1_000;
/** The longest name shown. */
const MAX_NAME = 40;

/** The syncs of one vendor's accounts, and what the inventory has of it now. */
export interface SyncedCloud {
  title: string;
  tasks: readonly Schemas['SyncTask'][];
  resources: number;
}

/** What was synced of each vendor, and how. */
export function renderClouds(clouds: readonly SyncedCloud[]): string {
  const table = new Table({
    head: ['Vendor', 'Accounts', 'Scopes', 'Types', 'Resources', 'Created', 'Updated', 'Seconds', 'State'],
    colAligns: ['left', ...Array.from({ length: 7 }, () => 'right' as const), 'left'],
    style: STYLE,
  });
  for (const { title, tasks, resources } of clouds) {
    const accounts = tasks.flatMap((task) => task.accounts);
    const units = accounts.flatMap((account) => account.units);
    table.push([
      title,
      accounts.length,
      new Set(units.map(({ scope }) => scope)).size,
      new Set(units.map(({ type }) => type)).size,
      resources,
      sum(tasks.map(({ counts }) => counts.created)),
      sum(tasks.map(({ counts }) => counts.updated)),
      secondsOf(tasks),
      sumProgress(tasks).state,
    ]);
  }
  return table.toString();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** From when the first one started to when the last one finished. */
function secondsOf(tasks: readonly Schemas['SyncTask'][]): string {
  const started = Math.min(...tasks.map((task) => Date.parse(task.started_at ?? '')));
  const finished = Math.max(...tasks.map((task) => Date.parse(task.finished_at ?? '')));
  return Number.isNaN(finished - started) ? '–' : ((finished - started) / MS_PER_SECOND).toFixed(1);
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
