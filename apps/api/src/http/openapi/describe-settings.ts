import { getMetadataStorage } from 'class-validator';

import type { AccountSettings } from '#vendor-kit';

type Schema = Record<string, unknown>;

/** What class-validator's rules are in JSON Schema. A rule that is not here, such as a vendor's own, says nothing. */
const RULES: Readonly<Record<string, (limit: unknown) => Schema>> = {
  isBoolean: () => ({ type: 'boolean' }),
  isInt: () => ({ type: 'integer' }),
  isString: () => ({ type: 'string' }),
  isIn: (values) => ({ enum: values }),
  matches: (pattern) => ({ pattern: (pattern as RegExp).source }),
  max: (maximum) => ({ maximum }),
  maxLength: (maxLength) => ({ maxLength }),
  min: (minimum) => ({ minimum }),
  minLength: (minLength) => ({ minLength }),
};
const OPTIONAL = 'isOptional';

/** The schema of a vendor's settings, from the rules that check them. */
export function describeSettings(settings: new () => AccountSettings): Schema {
  const rules = getMetadataStorage().getTargetValidationMetadatas(settings, '', true, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  const rulesOf = (field: string) => rules.filter(({ propertyName }) => propertyName === field);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((field) => [field, describeField(rulesOf(field))])),
    required: names.filter((field) => !rulesOf(field).some(({ name }) => name === OPTIONAL)),
    additionalProperties: false,
  };
}

function describeField(rules: readonly { name?: string; constraints?: unknown[] }[]): Schema {
  const parts = rules.map(({ name = '', constraints = [] }) => RULES[name]?.(constraints[0]) ?? {});
  const field = parts.reduce((all, part) => ({ ...part, ...all }), {});
  // What may be left out may also be null.
  const isNullable = rules.some(({ name }) => name === OPTIONAL);
  return isNullable ? { ...field, type: [field['type'], 'null'] } : field;
}
