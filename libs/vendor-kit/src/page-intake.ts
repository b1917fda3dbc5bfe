import type { JsonObject, RelationKind, Resource, Scope } from '#domain';

/** A resource as a source posts it. */
export interface PostedResource {
  /** Unique within scope and type, and the same from sync to sync. */
  id: string;
  /** Default: the id. */
  name?: string | null;
  /** In the source's word; without it the resource is there, and has no states. */
  status?: string | null;
  zone?: string | null;
  addresses?: readonly string[] | null;
  tags?: Readonly<Record<string, string>> | null;
  created_at?: string | null;
  properties?: JsonObject | null;
  relations?: readonly PostedRelation[] | null;
}

/** A link to another resource of the account. */
export interface PostedRelation {
  kind: RelationKind;
  type: string;
  id: string;
}

/** A field of a posted resource that cannot be used. Its message begins with the field, and is for its sender. */
export class PostedResourceError extends Error {
  override readonly name = 'PostedResourceError';
}

/** How pages are taken for an account whose source posts them by itself. */
export interface PageIntake {
  /** For how long the source may post nothing before its sync is given up. */
  timeoutSeconds: number;
  /** Where the resources of a type in a region are listed; the region may be empty. */
  scopeOf(type: string, region: string): Scope;
  /** @throws {PostedResourceError} */
  resourceOf(posted: PostedResource, region: string): Resource;
}
