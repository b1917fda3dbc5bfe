import type { Vendor } from '#domain';
import type { VendorAdapter } from '#vendor-kit';

/** Loads a vendor's adapter, and with it its SDK, when the first account of that vendor needs it. */
export type VendorLoader = () => Promise<VendorAdapter>;

/** The adapters, by vendor. Only the worker imports this. */
export const VENDOR_REGISTRY: Readonly<Partial<Record<Vendor, VendorLoader>>> = {
  ALI: async () => (await import('./ali/adapter.js')).adapter,
  AWS: async () => (await import('./aws/adapter.js')).adapter,
  AZURE: async () => (await import('./azure/adapter.js')).adapter,
  HCS: async () => (await import('./hcs/adapter.js')).adapter,
  OPENSTACK: async () => (await import('./openstack/adapter.js')).adapter,
  OTHER: async () => (await import('./other/adapter.js')).adapter,
  RMS: async () => (await import('./rms/adapter.js')).adapter,
  VMWARE: async () => (await import('./vmware/adapter.js')).adapter,
};
