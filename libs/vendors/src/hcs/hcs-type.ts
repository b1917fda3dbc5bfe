import type { JsonObject, RelationKind, ResourceStatus } from '#domain';

import type { Words } from '../shared/huawei-api/service-states.js';
import type { ProjectScope } from './connection.js';
import type { HcsService } from './endpoints.js';
import type { Paging } from './paging.js';
import type { HcsResourceType } from './resource-types.js';

/** A kind, our type, and a path to ids of what something stands to so. */
export type RelationPath = readonly [kind: RelationKind, type: HcsResourceType, path: string];

/** What a type is to ManageOne, beside the fields that are called as the service calls them. */
export interface ManageOneClass {
  /** What its class is called; one of these, which builds choose from. */
  classNames: readonly string[];
  /** A field with its name; default `name`. */
  name?: string;
  /** Fields of addresses, each one or several: `@10.0.0.5@10.0.0.6@`. */
  addresses?: readonly string[];
  relations?: readonly RelationPath[];
}

/** How a type is read, by either door. What differs from type to type is data, or a function of an item. */
export interface HcsType {
  type: HcsResourceType;
  service: HcsService;
  /** The IAM action that lists it. */
  action: string;
  path: (place: ProjectScope) => string;
  /** Where the answer has the items. */
  list: string;
  /** The most that the service gives at once. */
  maxPageSize: number;
  /** Default: by marker. */
  paging?: Paging;
  query?: readonly (readonly [name: string, value: string])[];
  /** A path to its id; default `id`. */
  id?: string;
  /** A path to its name; default `name`. */
  name?: string;
  /** A path to the service's word for how it is, and what the words mean. Default: it is there. */
  state?: readonly [path: string, words: Words];
  /** What is true whatever the word says. */
  status?: (item: JsonObject) => ResourceStatus | undefined;
  /** Paths to when it was created. */
  created?: readonly string[];
  /** Paths to IP addresses. */
  addresses?: readonly string[];
  /** Kinds, our types, and paths to ids of what it stands to so. */
  relations?: readonly RelationPath[];
  /** Whether an item has the relations to a type that its fields name. Default: it has. */
  isRelated?: (item: JsonObject, type: HcsResourceType) => boolean;
  /** Paths to the project that it is of, where a list may have others' too: an administrator sees all. */
  owner?: readonly string[];
  /** Fields that are lists without an order of their own. */
  unordered?: readonly string[];
  /** What it is to ManageOne. Fields that are called as the service's own are found by these. */
  manageOne: ManageOneClass;
}

/** What a word means; what has no state is just there. */
export function statusOf(word: string | undefined, words: Words | undefined): ResourceStatus {
  return words === undefined ? 'available' : (words[word?.toLowerCase() ?? ''] ?? 'unknown');
}
