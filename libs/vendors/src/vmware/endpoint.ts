/**
 * The URL of the SOAP service that a user's `endpoint` means: `/sdk` where it has no path.
 * @returns `undefined` when it is no http(s) URL, or has credentials, a query or a fragment in it.
 */
export function vsphereEndpoint(endpoint: string): URL | undefined {
  const url = URL.canParse(endpoint.trim()) ? new URL(endpoint.trim()) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  if (url.pathname === '/') url.pathname = '/sdk';
  return url;
}

/** An address without its scheme: an IP address or a host name with a dot, perhaps with port and path. */
const ADDRESS = /^(\[[\da-f:.]+\]|[\da-z-]+(\.[\da-z-]+)+)(:\d+)?(\/.*)?$/i;

/** The endpoint that an account's id is, if it is one: Huawei's clients have no other field to name it. */
export function endpointInId(accountId: string): string | undefined {
  const endpoint = ADDRESS.test(accountId) ? `https://${accountId}` : accountId;
  return vsphereEndpoint(endpoint) === undefined ? undefined : endpoint;
}
