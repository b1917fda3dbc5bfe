export { createMusterClient, type MusterClient, type MusterClientOptions } from './muster-client.js';
export type { components, operations, paths } from './schema.js';
