import type { Relation } from '#domain';

import type { ListWindow } from '../accounts/account.repository.js';
import type { Database } from '../database.js';
import { toCountQuery, toListQuery } from './list-query.js';

export interface ResourceFilter {
  vendor: string;
  type?: string;
  /** The vendor's ids. */
  nativeIds?: readonly string[];
  names?: readonly string[];
  regionIds?: readonly string[];
}

/** What COC says of a resource, but for the vendor's document. */
export interface ResourceSummary {
  id: string;
  nativeId: string;
  name: string;
  vendor: string;
  resourceType: string;
  accountId: string;
  regionId: string;
  /** At the vendor, or when it was first seen where the vendor does not say. */
  createdAt: Date;
}

/** A live resource as COC lists it. */
export interface ListedResource extends ResourceSummary {
  /** The vendor's own document, as JSON text: to parse and write it again would take longer than to find it. */
  propertiesText: string;
}

/** Why a resource is taken for gone: a complete listing lacked it. Null but for that when its account was removed. */
export interface Deletion {
  at: Date;
  /** The unit that listed, and its task. */
  unitId: string | null;
  taskId: string | null;
  /** When that listing was complete. */
  listedAt: Date | null;
  /** The credential that approved the deletion, when it had been held back, and when. */
  approvedBy: string | null;
  approvedAt: Date | null;
}

/** All that is known of a resource, live or not. */
export interface ResourceDetails extends ResourceSummary {
  /** The vendor's own document. */
  properties: unknown;
  status: string;
  nativeStatus: string | null;
  zoneId: string | null;
  addresses: string[];
  tags: Record<string, string>;
  relations: Relation[];
  firstSeenAt: Date;
  changedAt: Date;
  /** The task of the last change. */
  changedByTaskId: string;
  /** Null while it is there. */
  deletion: Deletion | null;
}

/** Reads the inventory. Lists and counts leave out tombstones. */
export class ResourceRepository {
  constructor(private readonly database: Database) {}

  /** A page of a tenant's live resources in id order, which new syncs only add to at the end. */
  async list(tenantId: string, filter: ResourceFilter, window: ListWindow): Promise<ListedResource[]> {
    const { text, values } = toListQuery(tenantId, filter, window);
    return (await this.database.pool.query<ListedResource>(text, values)).rows;
  }

  /** One resource of a tenant, live or a tombstone. Undefined when there is and was none. */
  async find(tenantId: string, id: string): Promise<ResourceDetails | undefined> {
    const resource = await this.database.prisma.resource.findFirst({
      where: { id, tenantId },
      select: {
        id: true,
        nativeId: true,
        name: true,
        vendor: true,
        resourceType: true,
        accountId: true,
        regionId: true,
        properties: true,
        vendorCreatedAt: true,
        firstSeenAt: true,
        status: true,
        nativeStatus: true,
        zoneId: true,
        addresses: true,
        tags: true,
        relations: true,
        changedAt: true,
        changedByTaskId: true,
        deletedAt: true,
        deletedByUnitId: true,
      },
    });
    if (resource === null) return undefined;
    const { deletedAt, deletedByUnitId, vendorCreatedAt, ...details } = resource;
    // Written by our own upsert only, in these shapes.
    const { tags, relations } = details as unknown as Pick<ResourceDetails, 'tags' | 'relations'>;
    const deletion = deletedAt === null ? null : await this.explain(deletedAt, deletedByUnitId);
    return { ...details, createdAt: vendorCreatedAt ?? details.firstSeenAt, tags, relations, deletion };
  }

  private async explain(at: Date, unitId: string | null): Promise<Deletion> {
    const unit =
      unitId === null
        ? null
        : await this.database.prisma.syncUnit.findFirst({
            where: { id: unitId },
            select: { taskId: true, finishedAt: true, pruneDecidedBy: true, pruneDecidedAt: true },
          });
    return {
      at,
      unitId,
      taskId: unit?.taskId ?? null,
      listedAt: unit?.finishedAt ?? null,
      approvedBy: unit?.pruneDecidedBy ?? null,
      approvedAt: unit?.pruneDecidedAt ?? null,
    };
  }

  async count(tenantId: string, filter: ResourceFilter): Promise<number> {
    const { text, values } = toCountQuery(tenantId, filter);
    const { rows } = await this.database.pool.query<{ count: number }>(text, values);
    return rows[0]?.count ?? 0;
  }
}
