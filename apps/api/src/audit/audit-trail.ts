import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import {
  auditAs,
  type AuditEntry,
  AuditLogRepository,
  type AuditOutcome,
  type AuditRecord,
  beginStretch,
  endAudit,
  newAuditEntry,
} from '#database';
import { LOGGER, type Logger } from '#platform';

import type { AuthenticatedRequest } from '../http/caller.js';

/** Requests that change nothing. */
const READS = ['GET', 'HEAD', 'OPTIONS'];
/** What clients send of any length is kept up to so many characters. */
const MAX_PATH_CHARACTERS = 512;
const MAX_AGENT_CHARACTERS = 256;
const MAX_TARGET_CHARACTERS = 128;
const MAX_ID_CHARACTERS = 64;
const TOO_MANY_REQUESTS = 429;
/** Records of one statement. */
const MAX_BATCH = 500;
/** How many wait at the most while Postgres is away, and for how long they are tried again. */
const MAX_WAITING = 10_000;
const RETRY_MS = 1_000;
const MAX_TRIES = 60;

/**
 * Keeps the audit log of requests that change something. A request's entry is handed to the database when its
 * caller is known, and committed with what the request writes, so that no crash has one without the other; what
 * came of it, and of those that wrote nothing the entry, is written behind the answer, which waits for neither.
 */
@Injectable()
export class AuditTrail implements OnApplicationShutdown {
  private readonly waiting: AuditRecord[] = [];
  private writing: Promise<void> | undefined;
  private readonly ending = new AbortController();

  constructor(
    @Inject(AuditLogRepository) private readonly auditLog: AuditLogRepository,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** The caller of a request is known: what it writes from here on, it writes with its entry. */
  begin(request: AuthenticatedRequest, who: { credentialId: string; tenantId: string }): void {
    if (READS.includes(request.method)) return;
    request.auditEntry = toEntry(request, who);
    auditAs(request.auditEntry);
  }

  /** A request is answered; also one of who said to be somebody known, and was not let in. */
  end(request: AuthenticatedRequest, status: number, payload: unknown): void {
    endAudit();
    const { auditEntry, claimedCredential: credentialId } = request;
    const refused =
      credentialId === undefined || READS.includes(request.method)
        ? undefined
        : toEntry(request, { credentialId });
    const entry = auditEntry ?? refused;
    // Whoever sends too many must not fill it with them, without end: they are in the process's log.
    if (entry === undefined || status === TOO_MANY_REQUESTS) return;
    if (this.waiting.length >= MAX_WAITING) this.giveUp([{ entry, outcome: toOutcome(status, payload) }]);
    else this.waiting.push({ entry, outcome: toOutcome(status, payload) });
    // As Muster itself and not as the caller, since it writes for several.
    this.writing ??= beginStretch(() => this.writeAll());
  }

  /** The HTTP server is closed by now, and the database is not. */
  async onApplicationShutdown(): Promise<void> {
    this.ending.abort();
    await this.writing;
  }

  /** What is added meanwhile goes with the next statement. */
  private async writeAll(): Promise<void> {
    await Promise.resolve(); // the answer first
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH);
      if (!(await this.write(batch))) this.giveUp(batch);
    }
    this.writing = undefined;
  }

  private async write(batch: readonly AuditRecord[]): Promise<boolean> {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      try {
        await this.auditLog.add(batch);
        return true;
      } catch (error) {
        this.log.warn({ err: error, records: batch.length }, 'the audit log could not be written');
        if (this.ending.signal.aborted) return false;
        await delay(RETRY_MS, undefined, { signal: this.ending.signal }).catch(() => undefined);
      }
    }
    return false;
  }

  private giveUp(records: readonly AuditRecord[]): void {
    for (const record of records) this.log.warn(record, 'an entry of the audit log is only here');
  }
}

function toEntry(
  request: AuthenticatedRequest,
  who: { credentialId: string; tenantId?: string },
): AuditEntry {
  const path = request.url.split('?', 1)[0] ?? '';
  const agent = request.headers['user-agent'];
  return newAuditEntry({
    source: 'api',
    ...who,
    action: request.action ?? '',
    targets: targetsOf(request),
    method: request.method,
    path: path.slice(0, MAX_PATH_CHARACTERS),
    clientAddress: request.ip,
    ...(agent === undefined ? {} : { userAgent: agent.slice(0, MAX_AGENT_CHARACTERS) }),
    requestId: request.id,
  });
}

/** The ids in the path. */
function targetsOf({ params }: FastifyRequest): string[] {
  return Object.values((params ?? {}) as Record<string, string>).map((id) =>
    id.slice(0, MAX_TARGET_CHARACTERS),
  );
}

const REFUSALS = [401, 403];

function toOutcome(status: number, payload: unknown): AuditOutcome {
  const { data, error_code: errorCode } = parse(payload);
  const failure = REFUSALS.includes(status) ? 'REFUSED' : 'FAILED';
  return {
    outcome: status < 400 ? 'SUCCEEDED' : failure,
    status,
    ...(typeof errorCode === 'string' ? { errorCode } : {}),
    ...(typeof data === 'string' && data.length <= MAX_ID_CHARACTERS ? { resultId: data } : {}),
  };
}

/** What an answer says: `data`, or an error. */
function parse(payload: unknown): { data?: unknown; error_code?: unknown } {
  if (typeof payload !== 'string' || !payload.startsWith('{')) return {};
  return JSON.parse(payload) as { data?: unknown; error_code?: unknown };
}
