import type { JsonObject, JsonValue } from '#domain';

import { isObject } from '../mapping/record-mapper.js';
import { FormatError, type Found } from './found-record.js';
import { RootMembers } from './root-members.js';
import type { StateInstance } from './state-resource.js';
import { typeOfTerraform } from './terraform-types.js';

const STATE_VERSION = 4;
/** The largest resource, with all of its instances, in characters. */
const MAX_RESOURCE_CHARACTERS = 16_777_216;

/**
 * The instances in a Terraform state whose resources are of one of our types. Data sources are none, nor are
 * instances that Terraform is about to destroy (deposed).
 * @throws {FormatError} for what is no state of version 4, or not the whole of one
 */
export async function* stateInstances(
  texts: AsyncIterable<string>,
  type: string,
): AsyncGenerator<Found<StateInstance>, void> {
  const members = new RootMembers('resources', MAX_RESOURCE_CHARACTERS);
  let version: JsonValue | undefined;
  for await (const text of texts) {
    for (const { name, value } of members.take(text)) {
      if (name === 'version') version = value;
      // A list of another version may look the same and mean something else.
      if (name === 'version' || name === 'resources') checkVersion(version);
      if (name !== 'resources') continue;
      yield* instancesOf(value, type);
    }
  }
  members.end();
  checkVersion(version);
}

function checkVersion(version: JsonValue | undefined): void {
  if (version === STATE_VERSION) return;
  const found = version === undefined ? 'its version is not at its beginning' : 'it is of another version';
  throw new FormatError(`${found}: a Terraform state begins with "version": ${String(STATE_VERSION)}`);
}

function* instancesOf(resource: JsonValue, wanted: string): Generator<Found<StateInstance>, void> {
  if (!isObject(resource)) throw new FormatError('a resource is no object');
  const { mode, type, name, instances } = resource;
  if (mode === 'data') return;
  if (typeof type !== 'string' || typeof name !== 'string' || !Array.isArray(instances)) {
    throw new FormatError('a resource has no type, name or instances');
  }
  if (typeOfTerraform(type) !== wanted) return;
  const module = typeof resource['module'] === 'string' ? resource['module'] : null;
  const provider = typeof resource['provider'] === 'string' ? resource['provider'] : null;
  const base = `${module === null ? '' : `${module}.`}${type}.${name}`;
  for (const instance of instances) {
    if (!isObject(instance)) throw new FormatError(`an instance of ${base} is no object`);
    if (instance['deposed'] !== undefined) continue;
    const at = base + indexOf(instance);
    const { attributes, sensitive_attributes: sensitive = [], status } = instance;
    if (!isObject(attributes)) {
      yield { at, problem: 'has no attributes' };
      continue;
    }
    const isTainted = status === 'tainted';
    yield { at, record: { address: at, type, module, provider, isTainted, attributes, sensitive } };
  }
}

/** `[0]` of a count, `["key"]` of a for_each. */
function indexOf({ index_key: key }: JsonObject): string {
  return key === undefined || key === null ? '' : `[${JSON.stringify(key)}]`;
}
