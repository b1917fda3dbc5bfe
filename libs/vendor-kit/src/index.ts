export * from './account-settings.js';
export * from './call-gate.js';
export * from './required.js';
export * from './resource-table.js';
export * from './vendor-adapter.js';
export * from './vendor-manifest.js';
