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
