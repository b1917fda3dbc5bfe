export { MusterError, type MusterErrorDetails } from '../muster-error.js';
export type { Schemas } from '../operation-types.js';
export {
  MusterRpc,
  type MusterRpcOptions,
  type ResourceFilter,
  type ResourceQuery,
  type SyncOptions,
} from './muster-rpc.js';
export { MusterRpcModule } from './muster-rpc.module.js';
