export * from './json.js';
export * from './prune-guard.js';
export * from './resource.js';
export * from './retry-policy.js';
export * from './scope.js';
export * from './sync-error.js';
export * from './sync-states.js';
export * from './vendor.js';
