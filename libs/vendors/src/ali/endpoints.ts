import { type Product, PRODUCTS } from './products.js';
import type { AliSettings } from './settings.js';

const FIRST_REGION = 'cn-hangzhou';
const FIRST_INTERNATIONAL_REGION = 'ap-southeast-1';

/** A region that every account of a site has, and where its central services are. */
export function centralRegion({ site }: Pick<AliSettings, 'site'>): string {
  return site === 'international' ? FIRST_INTERNATIONAL_REGION : FIRST_REGION;
}

/** Whether a text is an endpoint, once `{product}` and `{region}` are replaced. */
export function isEndpoint(text: string): boolean {
  const url = withNames(text, 'ecs', FIRST_REGION);
  if (!URL.canParse(url)) return false;
  const { protocol, username, password, search, hash } = new URL(url);
  return ['http:', 'https:'].includes(protocol) && `${username}${password}${search}${hash}` === '';
}

/** The URL of a product, without a slash at its end; of a central one without region. */
export function endpointOf(
  { name, host, internationalHost }: Product,
  region: string | undefined,
  settings: Pick<AliSettings, 'endpoint' | 'site'>,
): string {
  const { endpoint, site } = settings;
  const central = site === 'international' ? (internationalHost ?? host) : host;
  const template = endpoint ?? `https://${central ?? '{product}.{region}.aliyuncs.com'}`;
  return withNames(template, name, region ?? centralRegion(settings)).replace(/\/+$/, '');
}

/** An IP address in a URL: of version 6 in brackets. */
const ADDRESS = /^[\d.]+$|^\[/;

/**
 * The URL of a bucket, without a slash at its end: a host of its own, as OSS has it. An address and a proxy's path
 * can have none; there it is a path.
 * @param region OSS' host of it is asked, unless the settings name an endpoint
 */
export function bucketUrl(
  bucket: string,
  region: string,
  settings: Pick<AliSettings, 'endpoint' | 'site'>,
): string {
  const endpoint = settings.endpoint ?? 'https://oss-{region}.aliyuncs.com';
  const url = new URL(withNames(endpoint, PRODUCTS.oss.name, region));
  const hasPath = url.pathname !== '/' || ADDRESS.test(url.hostname);
  if (hasPath) return `${url.href.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}`;
  return `${url.protocol}//${bucket}.${url.host}`;
}

function withNames(template: string, product: string, region: string): string {
  return template.trim().replaceAll('{product}', product).replaceAll('{region}', region);
}
