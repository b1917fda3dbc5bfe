/** The vendors of Huawei COC's multi-cloud API, spelled as on the wire. */
export const VENDORS = ['RMS', 'AWS', 'AZURE', 'ALI', 'VMWARE', 'OPENSTACK', 'HCS', 'OTHER'] as const;

/** A platform that holds resources. */
export type Vendor = (typeof VENDORS)[number];
