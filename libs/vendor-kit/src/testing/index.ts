export * from './describe-vendor-conformance.js';
export * from './list-resources.js';
