import Table from 'cli-table3';

import type { Schemas } from '#client';

/** Plain lines, no colours: it is read on terminals, in logs and in CI alike. */
const STYLE = { head: [], border: [], compact: true };

export interface TypeCount {
  type: string;
  count: number;
}

/** How many of each type there are, with what this sync did. */
export function renderCounts(rows: readonly TypeCount[], { accounts }: Schemas['SyncTask']): string {
  const units = new Map(accounts.flatMap(({ units: all }) => all).map((unit) => [unit.type, unit]));
  const table = new Table({
    head: ['Type', 'In inventory', 'Listed now', 'State'],
    colAligns: ['left', 'right', 'right', 'left'],
    style: STYLE,
  });
  for (const { type, count } of rows) {
    const unit = units.get(type);
    table.push([type, count, unit?.seen ?? 0, unit?.error?.message ?? unit?.state ?? '']);
  }
  return table.toString();
}

/** A few virtual machines, as the API lists them. */
export function renderServers(servers: readonly Schemas['Resource'][]): string {
  const table = new Table({
    head: ['Virtual machine', 'Datacenter', 'Power', 'CPU', 'Memory', 'Addresses'],
    style: STYLE,
  });
  for (const { name, region_id, properties } of servers) {
    const hardware = read(properties, 'config', 'hardware');
    table.push([
      name,
      region_id,
      text(read(properties, 'runtime', 'powerState')),
      text(read(hardware, 'numCPU')),
      `${text(read(hardware, 'memoryMB'))} MB`,
      text(read(properties, 'guest', 'ipAddress')),
    ]);
  }
  return table.toString();
}

function read(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, key) =>
      typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[key] : undefined,
    value,
  );
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '–';
}
