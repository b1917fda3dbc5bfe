import type { Database } from '../database.js';

/** What is known of one cell: an account's resources of one type in one scope. */
export interface CoverageCell {
  scopeKey: string;
  scopeName: string;
  resourceType: string;
  /** When it was last listed completely, by which task, and how many resources it had then. */
  completeAt: Date | null;
  completeTaskId: string | null;
  completeRows: number | null;
  /** When it was last tried, and what came of it. */
  attemptAt: Date;
  attemptTaskId: string;
  attemptOutcome: string;
}

/** Reads the completeness ledger, which the ends of units write. */
export class CoverageRepository {
  constructor(private readonly database: Database) {}

  /** The cells of a tenant's account, or undefined when the tenant has no such account. */
  async list(tenantId: string, accountId: string): Promise<CoverageCell[] | undefined> {
    const account = await this.database.prisma.vendorAccount.findFirst({
      where: { id: accountId, tenantId, removedAt: null },
      select: { id: true },
    });
    if (account === null) return undefined;
    return this.database.prisma.coverage.findMany({
      where: { accountId, tenantId },
      orderBy: [{ scopeKey: 'asc' }, { resourceType: 'asc' }],
    });
  }
}
