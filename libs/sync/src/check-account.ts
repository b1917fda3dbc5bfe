import { type CheckOutcome, type LeasedCheck, LeaseLostError, type SealedAccount } from '#database';
import { type JsonObject, SyncError, UnitClock, type Vendor } from '#domain';
import { logWith } from '#platform';
import type { AccountSettings, ListingPreview, OfferedScope } from '#vendor-kit';

import { callAs, Caller } from './caller.js';
import { chooseScopes } from './choose-scopes.js';
import type { Visit } from './connection-pool.js';
import { hideInDocument } from './create-redactor.js';
import { type Engine, type JobOutcome } from './engine.js';
import { logFailure, toInternalError } from './settle-failure.js';

/** What a lease lasts beyond the vendor's time to answer: for signing out and writing down. */
const LEASE_SPARE_MS = 15_000;

/** What checking needs of the engine. */
export type CheckEngine = Pick<Engine, 'accounts' | 'adapters' | 'checks' | 'connections' | 'log' | 'timing'>;

/**
 * Checks an account's credentials: signs in, asks where it would be listed, signs out. Reads nothing of its
 * resources, unless a preview of them is wanted.
 */
export async function checkAccount(
  engine: CheckEngine,
  checkId: string,
  shutdown: AbortSignal,
): Promise<JobOutcome> {
  const { adapters, checks, timing } = engine;
  const vendors = Object.keys(adapters) as Vendor[];
  const claim = await checks.claim(checkId, vendors, timing.checkLimitMs + LEASE_SPARE_MS);
  if (claim === 'over') return 'done';
  if ('busyForMs' in claim) return { retryInMs: claim.busyForMs };
  const { check } = claim;
  const fields = { check: check.id, account: check.accountId, vendor: check.vendor };
  return logWith(fields, () => workOn(engine, check, shutdown));
}

async function workOn(engine: CheckEngine, check: LeasedCheck, shutdown: AbortSignal): Promise<JobOutcome> {
  const { accounts, checks } = engine;
  try {
    const account = await accounts.findForSync(check.accountId);
    if (account === undefined) return 'done'; // removed, and its check with it
    const outcome = await lookAt(engine, { check, account }, shutdown);
    if (shutdown.aborted) {
      await checks.giveBack(check);
      return { retryInMs: 0 };
    }
    const isFinished = await checks.finish(check, account.updateTime, outcome);
    return isFinished ? 'done' : { retryInMs: 0 }; // changed since: the new credentials are to be checked
  } catch (error) {
    if (error instanceof LeaseLostError) return 'done';
    throw error;
  }
}

async function lookAt(
  { connections, log, timing }: CheckEngine,
  { check, account }: { check: LeasedCheck; account: SealedAccount },
  shutdown: AbortSignal,
): Promise<CheckOutcome> {
  const limit = AbortSignal.timeout(timing.checkLimitMs);
  const signal = AbortSignal.any([limit, shutdown]);
  try {
    // Nobody else wants its slot: checks have a queue of their own.
    const caller = new Caller(new UnitClock(), () => Promise.resolve(false));
    const { scopes, preview } = await callAs(caller, () =>
      connections.visit(account, signal, async (visit) => ({
        scopes: await visit.adapter.scopes(visit.connection, signal),
        preview: check.isPreviewed ? await previewOf(visit, signal) : undefined,
      })),
    );
    const outcome = describeScopes(scopes, account.settings as AccountSettings);
    return preview === undefined ? outcome : { ...outcome, preview };
  } catch (thrown) {
    const error = limit.aborted ? tooSlow(timing.checkLimitMs, thrown) : toInternalError(thrown);
    if (!shutdown.aborted) logFailure(log, error);
    return { error };
  }
}

/** What the listings begin with, without the account's secret, which a vendor may send back. */
async function previewOf(
  { adapter, connection, hide }: Visit,
  signal: AbortSignal,
): Promise<ListingPreview[] | undefined> {
  const previews = await adapter.preview?.(connection, signal);
  return previews?.map(
    (preview) => hideInDocument(preview as unknown as JsonObject, hide) as unknown as ListingPreview,
  );
}

function describeScopes(scopes: readonly OfferedScope[], settings: AccountSettings): CheckOutcome {
  const { chosen, unknownRegions } = chooseScopes(scopes, settings);
  return {
    scopes: scopes.map((scope) => ({ ...scope, isChosen: chosen.includes(scope) })),
    ...(unknownRegions.length === 0
      ? {}
      : {
          notice: `The account's setting regions names ${unknownRegions.join(', ')}, which it does not have.`,
        }),
  };
}

function tooSlow(limitMs: number, cause: unknown): SyncError {
  return new SyncError('unavailable', `The vendor did not answer within ${String(limitMs / 1_000)} s.`, {
    vendorCode: 'TIMEOUT',
    cause,
  });
}
