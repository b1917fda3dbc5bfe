import type { JsonObject, JsonValue } from '#domain';

import { isObject } from '../mapping/record-mapper.js';
import { SECRET_NAME } from '../shown-document.js';

/** Attributes that hold whatever their user puts there, scripts with passwords among it. */
const FREE_TEXT =
  /^(user_data|userdata|custom_data|metadata_startup_script|startup_script|content|rendered)/i;
/** Types whose very content is a secret, whatever the attribute is called. */
const SECRET_TYPE =
  /secret|password|private_key|token|credential|key_vault|parameter|^(random|tls|vault|local)_/i;
/** What is kept of these. */
const HARMLESS = ['arn', 'id', 'location', 'name', 'region', 'tags', 'tags_all', 'type'];
/** What `random_id`, `tls_private_key` and the like call an id is made of the secret. */
const SECRET_ID_TYPE = /^(random|tls|local)_/;

interface Secrecy {
  /** Terraform's type. */
  type: string;
  /** The state's `sensitive_attributes`: paths, each a list of steps. */
  sensitive: JsonValue;
}

/**
 * The attributes of an instance that are no secret: a state holds secrets in plain text, marks those that the
 * configuration calls sensitive, and, but of newer versions, not those that the provider does. So what is named like
 * a secret is left out, too.
 */
export function withoutSecrets(attributes: JsonObject, { type, sensitive }: Secrecy): JsonObject {
  const marked = Array.isArray(sensitive) ? sensitive.flatMap((path) => rootOf(path)) : [];
  const isKept = (name: string) => {
    if (marked.includes(name)) return false;
    if (!SECRET_TYPE.test(type)) return true;
    return HARMLESS.includes(name) && !(name === 'id' && SECRET_ID_TYPE.test(type));
  };
  return kept(attributes, isKept) as JsonObject;
}

/** The attribute that a path leads into: the whole of it is left out. */
function rootOf(path: JsonValue): string[] {
  const [step] = Array.isArray(path) ? path : [];
  const name = isObject(step) ? step['value'] : undefined;
  return typeof name === 'string' ? [name] : [];
}

function kept(value: JsonValue, isKept: (name: string) => boolean): JsonValue {
  if (Array.isArray(value)) return value.map((one) => kept(one, () => true));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => isKept(name) && !SECRET_NAME.test(name) && !FREE_TEXT.test(name))
      .map(([name, inner]) => [name, kept(inner, () => true)]),
  );
}
