import { Argument, InvalidArgumentError } from 'commander';

import type { Schemas } from './client.js';

export type Vendor = Schemas['Account']['vendor'];

/** Every vendor, in the order of docs/vendors. A record, so that one that is missing does not compile. */
const EVERY: Readonly<Record<Vendor, true>> = {
  VMWARE: true,
  AWS: true,
  AZURE: true,
  ALI: true,
  OPENSTACK: true,
  RMS: true,
  HCS: true,
  OTHER: true,
};

export const VENDORS = Object.keys(EVERY) as Vendor[];

/** The argument that names a vendor, in capitals or not. `flags` is `<vendor>` or `[vendor]`. */
export function vendorArgument(flags: '<vendor>' | '[vendor]'): Argument {
  return new Argument(flags, 'the vendor, in capitals or not').choices(VENDORS).argParser(parseVendor);
}

function parseVendor(text: string): Vendor {
  const vendor = VENDORS.find((each) => each === text.toUpperCase());
  if (vendor === undefined) throw new InvalidArgumentError(`Vendors are ${VENDORS.join(', ')}.`);
  return vendor;
}
