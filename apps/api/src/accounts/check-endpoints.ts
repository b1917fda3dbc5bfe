import { type AddressPolicy, describeRefusedAddress } from '#vendor-kit';

import { ApiError } from '../http/api-error.js';

/**
 * Refuses settings that lead where Muster may not call: any that is a URL, so that no vendor has to think of it.
 * Names are looked up when a worker calls them (VendorNetwork), since what they mean may change.
 * @throws {ApiError} naming the setting.
 */
export function checkEndpoints(settings: object, policy: AddressPolicy): void {
  for (const [name, value] of Object.entries(settings)) {
    const host =
      typeof value === 'string' && URL.canParse(value.trim()) ? new URL(value.trim()).hostname : '';
    const kind = host === '' ? undefined : policy.refusalOfHost(host);
    if (kind === undefined) continue;
    throw new ApiError('invalidParameter', `settings.${name}: ${describeRefusedAddress(host, host, kind)}`);
  }
}
