export * from './classified-failure-of.js';
export * from './describe-vendor-conformance.js';
export * from './list-resources.js';
export * from './open-gate.js';
export * from './open-network.js';
export * from './refusal-of.js';
