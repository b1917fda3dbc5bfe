import { SealedSecretError, type Vault } from '#platform';

import {
  SEALED_COLUMNS,
  type SealedColumn,
  type SealedReplacement,
  type SealedSecret,
  type SealedSecretRepository,
} from './sealed-secret.repository.js';

/** A batch is one statement that locks its rows for some milliseconds. */
const BATCH_SECRETS = 200;

/** A secret that could not be wrapped anew. */
export interface FailedRewrap {
  table: string;
  id: string;
  reason: string;
}

export interface RewrapReport {
  /** Of the master key that seals now. */
  version: number;
  rewrapped: number;
  /** Secrets that somebody set anew while we looked: they were sealed then, and are left alone. */
  changedMeanwhile: number;
  failed: FailedRewrap[];
}

/**
 * Wraps every sealed secret with the current master key, batch after batch. Each batch stands by itself: what
 * is interrupted goes on when it is called again, and a second call finds nothing to do.
 * @param signal ends it after the batch in work
 */
export async function rewrapSecrets(
  secrets: SealedSecretRepository,
  vault: Vault,
  signal: AbortSignal,
): Promise<RewrapReport> {
  const report: RewrapReport = {
    version: await vault.currentVersion(),
    rewrapped: 0,
    changedMeanwhile: 0,
    failed: [],
  };
  for (const place of SEALED_COLUMNS) {
    let after: string | undefined;
    while (!signal.aborted) {
      const window = { limit: place.rowsAtOnce ?? BATCH_SECRETS, ...(after === undefined ? {} : { after }) };
      const batch = await secrets.findOthers(place, report.version, window);
      const last = batch.at(-1);
      if (last === undefined) break;
      const replacements = await rewrapBatch(place, batch, vault, report.failed);
      const replaced = await secrets.replace(place, replacements);
      report.rewrapped += replaced;
      report.changedMeanwhile += replacements.length - replaced;
      after = last.id;
    }
  }
  return report;
}

async function rewrapBatch(
  { table }: SealedColumn,
  batch: readonly SealedSecret[],
  vault: Vault,
  failed: FailedRewrap[],
): Promise<SealedReplacement[]> {
  const replacements: SealedReplacement[] = [];
  for (const secret of batch) {
    try {
      replacements.push({ ...secret, replacement: await vault.rewrap(secret.sealed, secret.id) });
    } catch (error) {
      if (!(error instanceof SealedSecretError)) throw error;
      failed.push({ table, id: secret.id, reason: error.message });
    }
  }
  return replacements;
}
