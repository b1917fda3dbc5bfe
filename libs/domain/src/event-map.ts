import type { PruneDecision } from './prune-guard.js';
import type { SyncMode, TaskState } from './sync-states.js';
import type { Vendor } from './vendor.js';

/** How many resources a transaction changed, by kind of change. */
export interface ChangeCounts {
  created: number;
  updated: number;
  restored: number;
  deleted: number;
}

/** How many resources a task's units saw and changed. */
export interface TaskCounts {
  seen: number;
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
}

/** A unit, and what it lists. */
export interface UnitOfEvent {
  taskId: string;
  unitId: string;
  /** Muster's id of the account. */
  accountId: string;
  vendor: Vendor;
  resourceType: string;
}

/** An account that was removed: what happens to its resources then is no unit's doing. */
export interface RemovedAccount extends Pick<UnitOfEvent, 'accountId' | 'vendor'> {
  taskId: null;
  unitId: null;
  resourceType: null;
}

/** Whose changes are told of. */
export type ChangeOwner = UnitOfEvent | RemovedAccount;

/**
 * What a transaction did to resources: a page, a prune, its undoing, a step of clearing a removed account. Its changes are
 * those of this unit (or account) whose ids are from `firstChangeId` to `lastChangeId`. Changes of others lie
 * between, but none of its own from another transaction, since each locks the unit (or account) first.
 */
export type ResourcesChanged = ChangeOwner & {
  counts: ChangeCounts;
  /** Digits: they are more than a number keeps. */
  firstChangeId: string;
  lastChangeId: string;
};

/** Everything that Muster tells of, by type. Payloads hold ids, words and numbers: never a secret. */
export interface EventMap {
  'resources.changed': ResourcesChanged;
  /** Also when a decision about a held prune has changed how it ended. The counts of a plan are what would be. */
  'task.finished': { taskId: string; vendor: Vendor; mode: SyncMode; state: TaskState; counts: TaskCounts };
  /** What failed of it is tried again. */
  'task.retried': { taskId: string; vendor: Vendor };
  /** A complete listing lacked implausibly much; nothing was deleted. */
  'prune.held': UnitOfEvent & { held: number };
  'prune.decided': UnitOfEvent & {
    decision: PruneDecision;
    /** The credential that decided. */
    decidedBy: string;
    deleted: number;
  };
  'prune.undone': UnitOfEvent & {
    /** The credential that undid it. */
    undoneBy: string;
    restored: number;
  };
  /** A removed account's last resource is a tombstone, its secret destroyed. */
  'account.cleared': { accountId: string; vendor: Vendor };
}

export type EventType = keyof EventMap;

const EVENTS: Record<EventType, true> = {
  'resources.changed': true,
  'task.finished': true,
  'task.retried': true,
  'prune.held': true,
  'prune.decided': true,
  'prune.undone': true,
  'account.cleared': true,
};
export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];

/** An event of any type, before it is written. */
export type NewEvent = { [Type in EventType]: { type: Type; payload: EventMap[Type] } }[EventType];
