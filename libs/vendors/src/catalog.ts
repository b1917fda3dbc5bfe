import type { VendorManifest } from '#vendor-kit';

import { manifest as ali } from './ali/manifest.js';
import { manifest as aws } from './aws/manifest.js';
import { manifest as azure } from './azure/manifest.js';
import { manifest as hcs } from './hcs/manifest.js';
import { manifest as openstack } from './openstack/manifest.js';
import { manifest as other } from './other/manifest.js';
import { manifest as rms } from './rms/manifest.js';
import { manifest as vmware } from './vmware/manifest.js';

/** What Muster can sync, vendor by vendor. Data only: nothing here loads an adapter or an SDK. */
export const VENDOR_CATALOG: readonly VendorManifest[] = [
  ali,
  aws,
  azure,
  hcs,
  openstack,
  other,
  rms,
  vmware,
];
