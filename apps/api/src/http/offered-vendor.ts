import type { Vendor } from '#domain';
import type { VendorManifest } from '#vendor-kit';
import { VENDOR_CATALOG } from '#vendors/catalog';

import { ApiError } from './api-error.js';

/**
 * The manifest of a vendor that this build can sync.
 * @throws {ApiError} when it is one of COC's vendors, but not one of ours.
 */
export function offeredVendor(vendor: Vendor): VendorManifest {
  const manifest = VENDOR_CATALOG.find((candidate) => candidate.vendor === vendor);
  if (manifest !== undefined) return manifest;
  const offered = VENDOR_CATALOG.map((candidate) => candidate.vendor).join(', ');
  throw new ApiError('invalidParameter', `vendor ${vendor} is not supported by this version; use ${offered}`);
}
