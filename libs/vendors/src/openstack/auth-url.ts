/**
 * The URL of Keystone's API, version 3, that a user's `endpoint` means, without a slash at its end: `/v3` is added
 * where the path has no version.
 * @returns `undefined` when it is no http(s) URL, or has credentials, a query or a fragment in it.
 */
export function authUrl(endpoint: string): URL | undefined {
  const url = URL.canParse(endpoint.trim()) ? new URL(endpoint.trim()) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  const path = url.pathname.replace(/\/+$/, '');
  // An old openrc names version 2, which Keystone doesn't have any more.
  url.pathname = /\/v(2\.0|3)$/.test(path) ? path.replace(/\/v2\.0$/, '/v3') : `${path}/v3`;
  return url;
}

/** An address without its scheme: an IP address or a host name with a dot, perhaps with port and path. */
const ADDRESS = /^(\[[\da-f:.]+\]|[\da-z-]+(\.[\da-z-]+)+)(:\d+)?(\/.*)?$/i;

/** The endpoint that an account's id is, if it is one: Huawei's clients have no other field to name it. */
export function endpointInId(accountId: string): string | undefined {
  const endpoint = ADDRESS.test(accountId) ? `https://${accountId}` : accountId;
  return authUrl(endpoint) === undefined ? undefined : endpoint;
}
