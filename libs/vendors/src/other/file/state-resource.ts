import type { JsonObject, JsonValue, Resource } from '#domain';

import { isObject } from '../mapping/record-mapper.js';
import { statusOfWord } from '../mapping/states.js';
import { timeOfText } from '../mapping/time-of-text.js';
import { GENERIC_TYPE, typeOfTerraform } from './terraform-types.js';
import { withoutSecrets } from './without-secrets.js';

/** An instance of a resource of a Terraform state. */
export interface StateInstance {
  /** `module.web.aws_instance.this[0]`: unique in a state. */
  address: string;
  /** Terraform's: `aws_instance`. */
  type: string;
  module: string | null;
  provider: string | null;
  isTainted: boolean;
  attributes: JsonObject;
  /** Paths to what is sensitive among them. */
  sensitive: JsonValue;
}

const STATUS_FIELDS = ['instance_state', 'power_state', 'current_status', 'status', 'state'];
const ZONE_FIELDS = ['availability_zone', 'zone', 'zone_id'];
const TIME_FIELDS = ['created_at', 'creation_date', 'creation_timestamp', 'create_time', 'launch_time'];
const ADDRESS_FIELDS = [
  ...['private_ip', 'private_ips', 'private_ip_address', 'private_ip_addresses', 'public_ip', 'public_ips'],
  ...['public_ip_address', 'public_ip_addresses', 'access_ip_v4', 'access_ip_v6', 'ip_address', 'address'],
  ...['default_ip_address', 'guest_ip_addresses', 'ipv4_address', 'ipv4_address_private', 'ipv6_address'],
  'ipv6_addresses',
];
const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f:.]+)$/i;
/** The region in `arn:aws:ec2:eu-central-1:123456789012:instance/i-1`. */
const ARN = /^arn:[^:]*:[^:]*:([^:]*):/;

/** The resource that an instance is. Undefined when nothing identifies it. */
export function stateResource(instance: StateInstance): Resource | undefined {
  const { address, type, module, provider, isTainted, sensitive } = instance;
  const attributes = withoutSecrets(instance.attributes, { type, sensitive });
  const nativeId = nativeIdOf(instance);
  if (nativeId === undefined) return undefined;
  const word = isTainted ? 'tainted' : firstText(attributes, STATUS_FIELDS);
  const zoneId = firstText(attributes, ZONE_FIELDS);
  const createdAt = timeOfText(firstText(attributes, TIME_FIELDS) ?? '');
  const tags = tagsOf(attributes);
  return {
    nativeId,
    name: firstText(attributes, ['name', 'display_name']) ?? tags['Name'] ?? address,
    status: isTainted ? 'error' : word === undefined ? 'available' : (statusOfWord(word) ?? 'unknown'),
    ...(word === undefined ? {} : { nativeStatus: word }),
    regionId: regionOf(attributes),
    ...(zoneId === undefined ? {} : { zoneId }),
    addresses: addressesOf(attributes),
    tags,
    ...(createdAt === undefined ? {} : { createdAt }),
    properties: { address, terraform_type: type, module, provider, attributes },
    relations: [],
  };
}

/**
 * The cloud's own id of what a cloud has. Of anything else the address: `random_password` gives all of its
 * instances the id "none", and `aws_s3_bucket_policy` that of the bucket.
 */
function nativeIdOf({ address, type, attributes }: StateInstance): string | undefined {
  if (typeOfTerraform(type) === GENERIC_TYPE) return address;
  return firstText(attributes, ['arn', 'self_link', 'id']);
}

/** The first of the fields that holds a text. */
function firstText(attributes: JsonObject, fields: readonly string[]): string | undefined {
  const texts = fields.map((field) => attributes[field]);
  return texts.find((one): one is string => typeof one === 'string' && one !== '');
}

function regionOf(attributes: JsonObject): string {
  const named = firstText(attributes, ['region', 'location']);
  return named ?? ARN.exec(firstText(attributes, ['arn']) ?? '')?.[1] ?? '';
}

function addressesOf(attributes: JsonObject): string[] {
  const found = ADDRESS_FIELDS.flatMap((field) => attributes[field] ?? []).filter(
    (one): one is string => typeof one === 'string',
  );
  // With its length of prefix, as vSphere's provider has it.
  return [...new Set(found.map((one) => one.split('/', 1)[0] ?? '').filter((one) => IP_ADDRESS.test(one)))];
}

/** A map, or a list of names. */
function tagsOf(attributes: JsonObject): Record<string, string> {
  const value = [attributes['tags'], attributes['labels'], attributes['tags_all']].find(
    (one) => (isObject(one) && Object.keys(one).length > 0) || (Array.isArray(one) && one.length > 0),
  );
  const entries = Array.isArray(value)
    ? value.map((name): [JsonValue, JsonValue] => [name, ''])
    : Object.entries((value ?? {}) as JsonObject);
  return Object.fromEntries(
    entries
      .filter((pair): pair is [string, string] => pair.every((one) => typeof one === 'string'))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
