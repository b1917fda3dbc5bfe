import Table from 'cli-table3';

import type { IssuedSecrets, ListedCredential } from '#database';

import { policyName } from './read-policy.js';

/** Plain lines, as in all of our tables. */
const STYLE = { head: [], border: [], compact: true };
const NOTHING = '–';

/** Credentials, a line each. */
export function renderList(credentials: readonly ListedCredential[], now: Date): string {
  if (credentials.length === 0) return 'There is no credential.\n';
  const head = ['Tenant', 'Name', 'Kind', 'Access key', 'May do', 'Made', 'Last used', 'Ends', 'State'];
  const table = new Table({ head, style: STYLE });
  for (const credential of credentials) {
    table.push([
      credential.tenant,
      credential.name,
      credential.kind,
      credential.accessKey ?? NOTHING,
      policyName(credential.policy),
      shown(credential.createdAt),
      shown(credential.lastUsedAt),
      shown(credential.expiresAt),
      stateOf(credential, now),
    ]);
  }
  return `${table.toString()}\n`;
}

/** Whether a credential is of no use any more. */
export function isOver({ revokedAt, expiresAt }: ListedCredential, now: Date): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt <= now);
}

/** The secrets of a credential, the only time they are shown. */
export function renderSecrets(heading: string, secrets: IssuedSecrets): string {
  const lines = secretLines(secrets).map(([name, value]) => `  ${name.padEnd(16)} ${value}`);
  return `${heading}\n${lines.join('\n')}\n  (shown only now)\n`;
}

function secretLines(secrets: IssuedSecrets): [name: string, value: string][] {
  if (secrets.kind === 'api-key') return [['API key', secrets.apiKey]];
  const pair: [string, string][] = [
    ['Access key (AK)', secrets.accessKey],
    ['Secret key (SK)', secrets.secretKey],
  ];
  if (secrets.kind === 'access-key') return pair;
  return [...pair, ['Security token', secrets.securityToken], ['Ends', shown(secrets.expiresAt)]];
}

function stateOf(credential: ListedCredential, now: Date): string {
  const { revokedAt, oldSecretUntil } = credential;
  if (revokedAt !== null) return `revoked ${shown(revokedAt)}`;
  if (isOver(credential, now)) return 'expired';
  return oldSecretUntil === null ? 'valid' : `valid; old secret until ${shown(oldSecretUntil)}`;
}

/** To the minute, in UTC. */
function shown(time: Date | null): string {
  return time === null ? NOTHING : time.toISOString().slice(0, 16).replace('T', ' ');
}
