import { v7 as uuidv7 } from 'uuid';

/** Somebody asked for a write. Never what they sent: that may hold a secret. */
export interface AuditEntry {
  /** UUIDv7 of `at`, by which entries are in order. */
  id: string;
  at: Date;
  /** Over HTTP, or by a command on the server. */
  source: 'api' | 'command';
  /** Absent: that of the credential. */
  tenantId?: string;
  /** Absent for a command. */
  credentialId?: string;
  /** Who gave a command. Absent: the credential's name. */
  actor?: string;
  /** What they asked for: `coc:vendorAccount:create` */
  action: string;
  /** Ids and names that the request is about. */
  targets: readonly string[];
  method?: string;
  /** Without its query. */
  path?: string;
  clientAddress?: string;
  userAgent?: string;
  requestId?: string;
}

/** What came of it. */
export interface AuditOutcome {
  /** REFUSED: they may not, or not now. */
  outcome: 'SUCCEEDED' | 'REFUSED' | 'FAILED';
  /** Of the answer over HTTP. */
  status?: number;
  errorCode?: string;
  /** The id that the answer gave. */
  resultId?: string;
}

/** An entry of now. */
export function newAuditEntry(entry: Omit<AuditEntry, 'id' | 'at'>): AuditEntry {
  const at = new Date();
  return { ...entry, at, id: uuidv7({ msecs: at.getTime() }) };
}
