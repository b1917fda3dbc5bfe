export * from './account-settings.js';
export * from './call-gate.js';
export * from './credentials-file.js';
export * from './document-source.js';
export * from './host-identity.js';
export * from './incremental-settings.js';
export * from './is-object-or-yaml.js';
export * from './listing-preview.js';
export { AddressPolicy } from './network/address-policy.js';
export {
  describeRefusedAddress,
  type NodeAgents,
  type VendorAgent,
  type VendorAgentOptions,
  type VendorAnswer,
  VendorNetwork,
} from './network/vendor-network.js';
export * from './page-intake.js';
export * from './required.js';
export * from './resource-table.js';
export * from './schedule-settings.js';
export * from './temporary-keys.js';
export * from './vendor-adapter.js';
export * from './vendor-manifest.js';
