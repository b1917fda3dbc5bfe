export * from './config/configuration.js';
export { ConfigurationError, type LogLevel } from './config/environment.js';
export type { QueueSettings, RedisTls } from './config/queue-settings.js';
export * from './config/quiet-aws-sdk.js';
export * from './config/redis-url.js';
export * from './crypto/key-wrapper.js';
export * from './crypto/keyring.js';
export * from './crypto/vault.js';
export * from './embedded-postgres/index.js';
export * from './limit-memory.js';
export * from './logging/log-context.js';
export * from './logging/logger.js';
export * from './muster-version.js';
export * from './platform.module.js';
export * from './project-root.js';
export * from './run-process.js';
export * from './run-server.js';
export {
  beginPart,
  describeSpan,
  failSpan,
  type SpanAttributes,
  type TracedPart,
  tracePart,
} from './tracing/trace-part.js';
export { currentTrace, jobTraceparent, leaveJobsTo, traceApart, TracedWork } from './tracing/traced-work.js';
export { withinTime } from './within-time.js';
export * from './yield-processor.js';
