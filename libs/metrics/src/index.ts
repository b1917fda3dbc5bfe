export * from './metrics.js';
export * from './metrics.module.js';
export { OperatorPort } from './operator-port.js';
export * from './readiness.js';
