import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';

import type { AccountSettings } from '#vendor-kit';

type Schema = Record<string, unknown>;
type Settings = new () => object;

/** What class-validator knows of a rule. */
interface Rule {
  name?: string;
  type: string;
  constraints?: unknown[];
  /** It is one for the items of a list. */
  each?: boolean;
}

/** What class-validator's rules are in JSON Schema. A rule that is not here, such as a vendor's own, says nothing. */
const RULES: Readonly<Record<string, (limit: unknown) => Schema>> = {
  arrayMaxSize: (maxItems) => ({ maxItems }),
  arrayMinSize: (minItems) => ({ minItems }),
  arrayUnique: () => ({ uniqueItems: true }),
  isArray: () => ({ type: 'array' }),
  isBoolean: () => ({ type: 'boolean' }),
  isInt: () => ({ type: 'integer' }),
  isObject: () => ({ type: 'object', additionalProperties: true }),
  isObjectOrYaml: (maxLength) => ({ type: ['object', 'string'], additionalProperties: true, maxLength }),
  isString: () => ({ type: 'string' }),
  isIn: (values) => ({ enum: values }),
  matches: (pattern) => ({ pattern: (pattern as RegExp).source }),
  max: (maximum) => ({ maximum }),
  maxLength: (maxLength) => ({ maxLength }),
  min: (minimum) => ({ minimum }),
  minLength: (minLength) => ({ minLength }),
};
const OPTIONAL = 'isOptional';
const NESTED = 'nestedValidation';

/** The schema of a vendor's settings, from the rules that check them. */
export function describeSettings(settings: new () => AccountSettings): Schema {
  return describeClass(settings);
}

function describeClass(settings: Settings): Schema {
  const rules = getMetadataStorage().getTargetValidationMetadatas(settings, '', true, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  const rulesOf = (field: string) => rules.filter(({ propertyName }) => propertyName === field);
  return {
    type: 'object',
    properties: Object.fromEntries(
      names.map((field) => [field, describeField(settings, field, rulesOf(field))]),
    ),
    required: names.filter((field) => !rulesOf(field).some(({ name }) => name === OPTIONAL)),
    additionalProperties: false,
  };
}

function describeField(settings: Settings, field: string, rules: readonly Rule[]): Schema {
  const isNested = rules.some(({ type }) => type === NESTED);
  const items = merge(rules.filter(({ each }) => each === true));
  const own: Schema = {
    ...merge(rules.filter(({ each }) => each !== true)),
    ...(Object.keys(items).length === 0 ? {} : { items }),
    ...(isNested ? describeClass(nestedIn(settings, field)) : {}),
  };
  // What may be left out may also be null.
  const isNullable = rules.some(({ name }) => name === OPTIONAL);
  return isNullable ? { ...own, type: [own['type'], 'null'] } : own;
}

function merge(rules: readonly Rule[]): Schema {
  const parts = rules.map(({ name = '', constraints = [] }) => RULES[name]?.(constraints[0]) ?? {});
  return parts.reduce((all, part) => ({ ...part, ...all }), {});
}

/** The class of a field that is an object. */
function nestedIn(settings: Settings, field: string): Settings {
  const instance = plainToInstance(settings, { [field]: {} }) as Record<string, object>;
  return instance[field]?.constructor as Settings;
}
