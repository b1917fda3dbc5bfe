import { hostname, userInfo } from 'node:os';

import { auditAs, type AuditLogRepository, type AuditOutcome, beginStretch, newAuditEntry } from '#database';

/** What a command on the server does. */
export interface AuditedCommand {
  tenantId: string;
  /** `muster:credential:rotate` */
  action: string;
  /** Names of what it is about. */
  targets: readonly string[];
}

/** What repositories return where there was nothing to do it to. */
const NOT_DONE: readonly unknown[] = [undefined, false, 'unknown', 'temporary'];

/** Does what a command asks for, with an entry in the tenant's audit log: committed with what it writes. */
export async function audited<Result>(
  auditLog: AuditLogRepository,
  command: AuditedCommand,
  work: () => Promise<Result>,
): Promise<Result> {
  const entry = newAuditEntry({ source: 'command', actor: commandingUser(), ...command });
  const close = (outcome: AuditOutcome['outcome']) => auditLog.add([{ entry, outcome: { outcome } }]);
  let result: Result;
  try {
    result = await beginStretch(() => {
      auditAs(entry);
      return work();
    });
  } catch (error) {
    await close('FAILED');
    throw error;
  }
  await close(NOT_DONE.includes(result) ? 'FAILED' : 'SUCCEEDED');
  return result;
}

/** Who gives commands here: `root@host`; in a container perhaps a number that has no name. */
export function commandingUser(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `${String(process.getuid?.() ?? '')}@${hostname()}`;
  }
}
