/** Of the names that people give to tenants and credentials. */
export const MAX_NAME_CHARACTERS = 64;
/** Printable, so that a list shows it as it is. */
const NAME = /^[\p{L}\p{N}\p{P}\p{S}]+( [\p{L}\p{N}\p{P}\p{S}]+)*$/u;

/** Whether a tenant or a credential may be called that. */
export function isPrintableName(text: string): boolean {
  return text.length <= MAX_NAME_CHARACTERS && NAME.test(text);
}
