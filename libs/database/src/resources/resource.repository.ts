import type { ListWindow } from '../accounts/account.repository.js';
import type { Database } from '../database.js';
import type { Prisma } from '../generated/client.js';

export interface ResourceFilter {
  vendor: string;
  type?: string;
  /** The vendor's ids. */
  nativeIds?: readonly string[];
  names?: readonly string[];
  regionIds?: readonly string[];
}

/** A live resource as COC lists it. */
export interface ListedResource {
  id: string;
  nativeId: string;
  name: string;
  vendor: string;
  resourceType: string;
  accountId: string;
  regionId: string;
  properties: unknown;
  vendorCreatedAt: Date | null;
  firstSeenAt: Date;
}

/** Reads the inventory. Tombstones are not in it. */
export class ResourceRepository {
  constructor(private readonly database: Database) {}

  /** A page of a tenant's live resources in id order, which new syncs only add to at the end. */
  async list(tenantId: string, filter: ResourceFilter, window: ListWindow): Promise<ListedResource[]> {
    const where = toWhere(tenantId, filter);
    return this.database.prisma.resource.findMany({
      where: window.marker === undefined ? where : { ...where, id: { gt: window.marker } },
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
      },
      orderBy: { id: 'asc' },
      take: window.limit,
      skip: window.marker === undefined ? window.offset : 0,
    });
  }

  async count(tenantId: string, filter: ResourceFilter): Promise<number> {
    return this.database.prisma.resource.count({ where: toWhere(tenantId, filter) });
  }
}

function toWhere(tenantId: string, filter: ResourceFilter): Prisma.ResourceWhereInput {
  return {
    tenantId,
    vendor: filter.vendor,
    deletedAt: null,
    ...(filter.type === undefined ? {} : { resourceType: filter.type }),
    ...(filter.nativeIds === undefined ? {} : { nativeId: { in: [...filter.nativeIds] } }),
    ...(filter.names === undefined ? {} : { name: { in: [...filter.names] } }),
    ...(filter.regionIds === undefined ? {} : { regionId: { in: [...filter.regionIds] } }),
  };
}
