import type { ManagedObjectReference } from './soap/shape.js';

const ESCAPED = /%(?:25|2f|5c)/gi;

/**
 * A managed entity's name as people see it. In `name` vSphere writes `/`, `\` and `%` as `%2f`, `%5c` and `%25`
 * ("ManagedEntity", API reference). The id stands in for a name we may not read.
 */
export function nameOf(name: string | undefined, object: ManagedObjectReference): string {
  if (name === undefined || name === '') return object.value;
  return name.replace(ESCAPED, (escape) => decodeURIComponent(escape));
}
