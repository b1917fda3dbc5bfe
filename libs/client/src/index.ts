export {
  createMusterClient,
  type FinishedTaskOptions,
  MusterClient,
  type MusterClientOptions,
} from './muster-client.js';
export { MusterError, type MusterErrorDetails } from './muster-error.js';
export type {
  Answer,
  CallOptions,
  Item,
  ListingOptions,
  ListingPath,
  Method,
  Path,
  Schemas,
} from './operation-types.js';
export type { components, operations, paths } from './schema.js';
