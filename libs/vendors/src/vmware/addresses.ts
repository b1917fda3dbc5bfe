/** Addresses a machine gives itself when nobody gave it one: no way to reach it, and often many. */
const LINK_LOCAL = /^(?:169\.254\.|fe[89ab][0-9a-f]:)/i;

/** Addresses worth reporting, each once, in the order they came. */
export function reportableAddresses(addresses: readonly (string | undefined)[]): string[] {
  const reportable = addresses.filter(
    (address) => address !== undefined && address !== '' && !LINK_LOCAL.test(address),
  );
  return [...new Set(reportable)] as string[];
}
