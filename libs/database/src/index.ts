export * from './accounts/account.repository.js';
export * from './accounts/account-check.repository.js';
export * from './accounts/account-document.repository.js';
export * from './accounts/call-bucket.repository.js';
export * from './accounts/coverage.repository.js';
export { actFor, auditAs, beginStretch, endAudit } from './acting-tenant.js';
export { type AuditEntry, type AuditOutcome, newAuditEntry } from './audit/audit-entry.js';
export * from './audit/audit-log.repository.js';
export type { AuditRecord } from './audit/insert-audit-entries.js';
export * from './changes/change.repository.js';
export type { PatchOperation, RecordedChange } from './changes/recorded-change.js';
export {
  type AccessKey,
  type AccessKeySecret,
  type Authentication,
  type Caller,
  type CredentialIdentity,
  type CredentialRefusal,
  CredentialRepository,
  type KnownCaller,
} from './credentials/credential.repository.js';
export * from './credentials/credential-administration.js';
export { type IssuedToken, SessionTokenRepository } from './credentials/session-token.repository.js';
export * from './credentials/used-signature.repository.js';
export { Database, type DatabaseOptions } from './database.js';
export * from './database.module.js';
export * from './errors.js';
export * from './fleet/fleet.repository.js';
export * from './idempotency/idempotency.repository.js';
export type { KeyClaim } from './idempotency/keep-task.js';
export type { PruneVerdict, VerdictOutcome } from './inventory/decide-prune.js';
export * from './inventory/inventory.repository.js';
export * from './inventory/page-turn.js';
export * from './inventory/prune.repository.js';
export { contentHash, nativeHash, ResourceRow } from './inventory/resource-row.js';
export type { PruneUndo, UndoOutcome } from './inventory/undo-prune.js';
export { isMigrated, migrateDatabase } from './migrate-database.js';
export * from './outbox/feed.repository.js';
export * from './outbox/outbox.repository.js';
export * from './resources/resource.repository.js';
export * from './retention/retention.repository.js';
export * from './schedules/schedule.repository.js';
export type { Schedule } from './schedules/schedule-row.js';
export type { SettingsSchedule } from './schedules/settings-schedule.js';
export type { ScheduleReason, StartedSchedule } from './schedules/start-schedule.js';
export * from './secrets/rewrap-secrets.js';
export * from './secrets/sealed-secret.repository.js';
export type { SerialWindow } from './serial-window.js';
export type { ListingStart, ListingTerms } from './sync/begin-listing.js';
export type { CancelledTask, TaskCancellation } from './sync/cancel-task.js';
export type { TaskFilter, TaskHead, TaskSummary, UnitsInState } from './sync/list-tasks.js';
export * from './sync/plan.repository.js';
export * from './sync/progress.repository.js';
export * from './sync/push.repository.js';
export type { RequestedSync, SyncRequest } from './sync/request-sync.js';
export type { TaskRetry } from './sync/retry-task.js';
export * from './sync/run.repository.js';
export type { TaskKey } from './sync/started-accounts.js';
export * from './sync/task.repository.js';
export * from './sync/transition.repository.js';
export * from './sync/unit.repository.js';
export type { UnitTimings } from './sync/unit-timings.js';
export * from './webhooks/webhook.repository.js';
export * from './webhooks/webhook-delivery.repository.js';
