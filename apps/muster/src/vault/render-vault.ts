import type { MasterKeyUse, RewrapReport } from '#database';

/** Enough to see what they have in common. */
const MAX_FAILURES_SHOWN = 20;

/** Which master key has sealed how much. Nothing of a key itself. */
export interface VaultStatus {
  /** The version that seals from now on. */
  current: number;
  /** The versions in the keyring. */
  versions: readonly number[];
  uses: readonly MasterKeyUse[];
}

/** A line for every master key that is known or used. */
export function renderStatus({ current, versions, uses }: VaultStatus): string {
  const all = [...new Set([...versions, ...uses.map(({ version }) => version)])].sort((a, b) => b - a);
  const rows = all.map((version) => {
    const secrets = uses.find((use) => use.version === version)?.secrets ?? 0;
    return [String(version), String(secrets), describe(version, { current, versions, secrets })];
  });
  return [['master key', 'secrets', ''], ...rows]
    .map(([version = '', secrets = '', note = '']) =>
      `${version.padStart(10)}  ${secrets.padStart(7)}  ${note}`.trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

function describe(
  version: number,
  { current, versions, secrets }: { current: number; versions: readonly number[]; secrets: number },
): string {
  if (version === current) return 'seals what is written from now on';
  if (!versions.includes(version)) return 'not in the keyring: nothing opens these until it is back';
  if (secrets > 0) return `to be moved to ${String(current)}: npm run vault -- rotate`;
  return version > current ? 'known, but not used yet' : 'not used any more: it may leave the keyring';
}

/** What a rotation did, and what it left. */
export function renderRotation({ version, rewrapped, changedMeanwhile, failed }: RewrapReport): string {
  const lines = [`Wrapped ${count(rewrapped)} with master key ${String(version)}.`];
  if (changedMeanwhile > 0) lines.push(`${count(changedMeanwhile)} changed meanwhile and left alone.`);
  if (failed.length > 0) lines.push(`${count(failed.length)} left as before, since they do not open:`);
  for (const { table, id, reason } of failed.slice(0, MAX_FAILURES_SHOWN)) {
    lines.push(`  ${table} ${id}: ${reason}`);
  }
  const more = failed.length - MAX_FAILURES_SHOWN;
  if (more > 0) lines.push(`  and ${String(more)} more`);
  return `${lines.join('\n')}\n`;
}

function count(secrets: number): string {
  return secrets === 1 ? '1 secret' : `${String(secrets)} secrets`;
}
