import { type AddressPolicy, describeRefusedAddress } from '#vendor-kit';

import { ApiError } from '../http/api-error.js';

/**
 * Refuses settings that lead where Muster may not call: any that is a URL, however deep it stands, so that no vendor
 * has to think of it. Names are looked up when a worker calls them (VendorNetwork), since what they mean may change.
 * @throws {ApiError} naming the setting.
 */
export function checkEndpoints(settings: object, policy: AddressPolicy): void {
  for (const [path, text] of textsIn(settings, 'settings')) {
    const host = URL.canParse(text.trim()) ? new URL(text.trim()).hostname : '';
    const kind = host === '' ? undefined : policy.refusalOfHost(host);
    if (kind === undefined) continue;
    throw new ApiError('invalidParameter', `${path}: ${describeRefusedAddress(host, host, kind)}`);
  }
}

/** All texts of the settings, whose depth was bounded when they came in, with the paths to them. */
function* textsIn(value: unknown, path: string): Generator<[path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    yield* textsIn(inner, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`);
  }
}
