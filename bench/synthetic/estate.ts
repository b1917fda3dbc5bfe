import type { JsonObject, Resource } from '#domain';

/** What an account of the synthetic vendor has, and how its vendor behaves. */
export interface EstateOptions {
  /** Resources altogether. */
  rows: number;
  /** Scopes over which they are spread evenly; the types share them as {@link TYPE_SHARES} says. */
  scopes?: number;
  /** How many of the types it has: 1 makes a single unit of all, in one scope. */
  types?: number;
  /** How long the vendor takes for a page, in milliseconds. */
  pageMs?: number;
  /** How long normalizing an item keeps the processor busy, in microseconds. */
  itemUs?: number;
  /** How many of a thousand rows are not as they were at first; `version` says how they are instead. */
  changedPerMille?: number;
  version?: number;
}

export type Estate = Required<EstateOptions>;

/** An item of the vendor: its document, with the row's number for what is derived from it. */
export interface EstateItem {
  row: number;
  document: JsonObject;
}

/** A part of an estate: what one unit lists. */
export interface EstateShare {
  type: ResourceType;
  scope: number;
}

export const PAGE_ROWS = 1_000;
/** Parts of ten that each type has of an estate with all types: a few kinds make up most of it. */
export const TYPE_SHARES = { cloudservers: 4, disks: 3, ports: 2, buckets: 1 } as const;
export type ResourceType = keyof typeof TYPE_SHARES;
export const RESOURCE_TYPES = Object.keys(TYPE_SHARES) as ResourceType[];

const DEFAULTS = { scopes: 4, types: 4, pageMs: 0, itemUs: 0, changedPerMille: 0, version: 0 };
const TEMPLATES = 50;
const CREATED_AT_MS = Date.parse('2024-03-01T12:00:00Z');
/** Settings of VMWARE accounts have an address, which is where the synthetic vendor finds its estate. */
const ADDRESS = 'http://synthetic.invalid/';

export function toSettings(options: EstateOptions): { endpoint: string } {
  return { endpoint: ADDRESS + encodeURIComponent(JSON.stringify({ ...DEFAULTS, ...options })) };
}

export function fromSettings({ endpoint }: { endpoint: string }): Estate {
  return JSON.parse(decodeURIComponent(endpoint.slice(ADDRESS.length))) as Estate;
}

/** How many rows a share has. They add up to the estate's, as the last share takes what is left over. */
export function shareOf(estate: Estate, { type, scope }: EstateShare): { first: number; rows: number } {
  const types = RESOURCE_TYPES.slice(0, estate.types);
  const parts = types.reduce((sum, name) => sum + TYPE_SHARES[name], 0);
  const before = types.slice(0, types.indexOf(type)).reduce((sum, name) => sum + TYPE_SHARES[name], 0);
  if (!types.includes(type)) return { first: 0, rows: 0 };
  const at = (share: number) => Math.round((estate.rows * share) / parts);
  const [typeStart, typeRows] = [at(before), at(before + TYPE_SHARES[type]) - at(before)];
  const within = (part: number) => Math.round((typeRows * part) / estate.scopes);
  return { first: typeStart + within(scope), rows: within(scope + 1) - within(scope) };
}

/** A row's item. Cheap, so that what is measured is the engine and not this: only a few fields are its own. */
export function itemOf(estate: Estate, type: ResourceType, row: number): EstateItem {
  const changed = mix(row) % 1_000 < estate.changedPerMille;
  const template = templateOf(type, row);
  return {
    row,
    document: {
      id: nativeIdOf(type, row),
      privateIpAddress: addressOf(row),
      revision: changed ? estate.version : 0,
      tags: template.tags,
      details: template.details,
    },
  };
}

/** Normalizes an item as tables do. */
export function toResource(type: ResourceType, region: string, { row, document }: EstateItem): Resource {
  return {
    nativeId: document['id'] as string,
    name: `${type}-${String(row)}`,
    status: 'running',
    nativeStatus: 'active',
    regionId: region,
    zoneId: `${region}a`,
    addresses: [document['privateIpAddress'] as string],
    tags: document['tags'] as Record<string, string>,
    createdAt: new Date(CREATED_AT_MS + 1_000 * row),
    properties: document,
    relations: [
      { kind: 'runs_on', type: 'hosts', nativeId: `host-${String(row % 200)}` },
      { kind: 'attached_to', type: 'networks', nativeId: `net-${String(row % 40)}` },
    ],
  };
}

/** Scattered, as most vendors' ids are. */
function nativeIdOf(type: ResourceType, row: number): string {
  return `${type}-${mix(row).toString(16)}-${String(row)}`;
}

/** A whole number that looks random, from 0 to 2^32 - 1 (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function addressOf(row: number): string {
  return `10.7.${String((row >> 8) & 255)}.${String(row & 255)}`;
}

interface Template {
  tags: Record<string, string>;
  details: JsonObject;
}

const templates = new Map<ResourceType, Template[]>();

/** What rows have in common, made once: copying it for each would cost more than all the rest. */
function templateOf(type: ResourceType, row: number): Template {
  let made = templates.get(type);
  if (made === undefined) {
    made = Array.from({ length: TEMPLATES }, (_, index) => ({
      tags: tagsOf(index),
      details: DETAILS[type](index),
    }));
    templates.set(type, made);
  }
  const template = made[mix(row) % TEMPLATES];
  if (template === undefined) throw new Error('a remainder is less than its divisor');
  return template;
}

function tagsOf(index: number): Record<string, string> {
  return {
    Name: `service-${String(index)}`,
    team: ['platform', 'payments', 'search', 'data'][index % 4] ?? '',
    environment: index % 3 === 0 ? 'production' : 'staging',
    'cost-center': `cc-${String(1_000 + (index % 17))}`,
  };
}

const HEX = (seed: number) => mix(seed).toString(16).padStart(8, '0');

/** Documents of some 850 bytes as JSON, like those of public clouds: nested, with lists, flags and numbers. */
const DETAILS: Record<ResourceType, (index: number) => JsonObject> = {
  cloudservers: (index) => ({
    ownerId: '123456789012',
    instanceType: ['m5.large', 'c6i.2xlarge', 'r5.xlarge'][index % 3] ?? '',
    imageId: `ami-${HEX(index)}${HEX(index + 1)}`,
    architecture: 'x86_64',
    privateDnsName: `ip-10-0-3-${String(index)}.region-1.compute.internal`,
    state: { code: 16, name: 'running' },
    placement: { availabilityZone: 'region-1a', tenancy: 'default', partition: index % 7 },
    cpuOptions: { coreCount: 1 + (index % 8), threadsPerCore: 2 },
    networkInterfaces: [
      {
        id: `eni-${HEX(index + 2)}${HEX(index + 3)}`,
        macAddress: '02:42:ac:11:00:02',
        groups: [{ groupId: `sg-${HEX(index % 5)}`, groupName: 'web' }],
        sourceDestCheck: true,
      },
    ],
    blockDeviceMappings: [
      {
        deviceName: '/dev/xvda',
        ebs: { volumeId: `vol-${HEX(index + 4)}`, status: 'attached', deleteOnTermination: true },
      },
    ],
    ebsOptimized: true,
    rootDeviceType: 'ebs',
    virtualizationType: 'hvm',
  }),
  disks: (index) => ({
    ownerId: '123456789012',
    size: 20 * (1 + (index % 50)),
    iops: 3_000,
    throughput: 125.5,
    encrypted: true,
    kmsKeyId: `arn:cloud:kms:region-1:123456789012:key/${HEX(index)}-0000-4000-8000-${HEX(index)}0000`,
    state: 'in-use',
    multiAttachEnabled: false,
    volumeType: index % 5 === 0 ? 'io2' : 'gp3',
    snapshotId: `snap-${HEX(index)}${HEX(index + 1)}`,
    availabilityZone: 'region-1a',
    attachments: [
      {
        attachTime: '2024-03-01T12:00:00.000Z',
        device: '/dev/xvdb',
        instanceId: `i-${HEX(index + 2)}${HEX(index + 3)}`,
        state: 'attached',
        deleteOnTermination: false,
      },
    ],
    metadata: { backupPolicy: 'daily', retentionDays: 30, lastBackup: '2024-05-01T02:00:00.000Z' },
    description: 'Data volume of the primary database, replicated between zones by the storage service',
  }),
  ports: (index) => ({
    ownerId: '123456789012',
    macAddress: `fa:16:3e:00:00:${String(10 + index)}`,
    adminStateUp: true,
    deviceOwner: 'compute:region-1a',
    deviceId: `${HEX(index)}-1111-4111-8111-${HEX(index)}1111`,
    fixedIps: [{ subnetId: `${HEX(index)}-2222-4222-8222-${HEX(index)}2222`, ipAddress: '10.0.0.9' }],
    securityGroups: [`${HEX(index)}-3333-4333-8333-${HEX(index)}3333`],
    allowedAddressPairs: [{ ipAddress: '10.0.0.250', macAddress: 'fa:16:3e:00:00:01' }],
    bindingProfile: { trusted: false, capabilities: ['switchdev', 'port-filter'], vlan: 100 + index },
    portSecurityEnabled: true,
    qosPolicy: { id: `qos-${String(index % 6)}`, maxKbps: 1_000_000, maxBurstKbps: 1_200_000 },
    dnsAssignment: [{ hostname: `host-${String(index)}`, fqdn: `host-${String(index)}.internal.example.` }],
    description: 'Primary network card',
  }),
  buckets: (index) => ({
    ownerId: '123456789012',
    bucketName: `company-data-${String(index)}-${HEX(index)}`,
    versioning: { status: 'Enabled', mfaDelete: 'Disabled' },
    encryption: {
      rules: [{ algorithm: 'aws:kms', keyId: `alias/data-${String(index % 4)}`, bucketKey: true }],
    },
    lifecycle: [
      { id: 'archive', prefix: 'logs/', transitionDays: 30, storageClass: 'GLACIER', enabled: true },
      { id: 'expire', prefix: 'tmp/', expirationDays: 7, enabled: true },
    ],
    publicAccessBlock: { blockAcls: true, ignoreAcls: true, blockPolicy: true, restrictBuckets: true },
    logging: { targetBucket: 'company-logs', targetPrefix: `data-${String(index)}/` },
    replication: { role: 'arn:cloud:iam::123456789012:role/replication', destination: 'company-data-dr' },
    website: null,
    objectLock: { enabled: false, mode: 'GOVERNANCE', days: 0 },
  }),
};
