export * from './config/configuration.js';
export { ConfigurationError, type LogLevel } from './config/environment.js';
export * from './crypto/keyring.js';
export * from './crypto/vault.js';
export * from './embedded-postgres/index.js';
export * from './logging/logger.js';
export * from './project-root.js';
export * from './platform.module.js';
export * from './run-process.js';
