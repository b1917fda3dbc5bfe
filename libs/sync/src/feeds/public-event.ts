import type { FeedEvent } from '#database';
import type {
  ChangeCounts,
  EventType,
  PruneDecision,
  SyncMode,
  TaskCounts,
  TaskState,
  Vendor,
} from '#domain';

/** What else there is to say of an event, by its type. */
export interface PublicEventData {
  /** Of resources.changed: by this page, prune or undoing. Of task.finished: by all of it. */
  counts?: ChangeCounts | TaskCounts;
  state?: TaskState;
  mode?: SyncMode;
  held?: number;
  decision?: PruneDecision;
  deleted?: number;
  restored?: number;
  /** The credential whose doing it was. */
  by?: string;
}

/** An event as its tenant is told of it, in feeds and by webhooks: without what is Muster's own. */
export interface PublicEvent {
  type: EventType;
  at: Date;
  vendor: Vendor;
  /** The vendor's id of the account that it is about; null when it is about a whole task. */
  account_id: string | null;
  task_id: string | null;
  unit_id: string | null;
  resource_type: string | null;
  data: PublicEventData;
}

export function toPublicEvent(event: FeedEvent): PublicEvent {
  const { type, payload, at, account } = event;
  return {
    type,
    at,
    vendor: payload.vendor,
    account_id: account,
    task_id: 'taskId' in payload ? payload.taskId : null,
    unit_id: 'unitId' in payload ? payload.unitId : null,
    resource_type: 'resourceType' in payload ? payload.resourceType : null,
    data: toData(event),
  };
}

function toData({ type, payload }: FeedEvent): PublicEventData {
  switch (type) {
    case 'resources.changed':
      return { counts: payload.counts };
    case 'task.finished':
      return { state: payload.state, mode: payload.mode, counts: payload.counts };
    case 'prune.held':
      return { held: payload.held };
    case 'prune.decided':
      return { decision: payload.decision, deleted: payload.deleted, by: payload.decidedBy };
    case 'prune.undone':
      return { restored: payload.restored, by: payload.undoneBy };
    case 'task.retried':
    case 'account.cleared':
      return {};
  }
}
