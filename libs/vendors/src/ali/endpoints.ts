import type { Product } from './products.js';
import type { AliSettings } from './settings.js';

/** Where central services are when an endpoint has a place for a region. */
const CENTRAL_REGION = 'cn-hangzhou';

/** Whether a text is an endpoint, once `{product}` and `{region}` are replaced. */
export function isEndpoint(text: string): boolean {
  const url = withNames(text, 'ecs', CENTRAL_REGION);
  if (!URL.canParse(url)) return false;
  const { protocol, username, password, search, hash } = new URL(url);
  return ['http:', 'https:'].includes(protocol) && `${username}${password}${search}${hash}` === '';
}

/** The URL of a product, without a slash at its end; of a central one without region. */
export function endpointOf(
  { name, host, internationalHost }: Product,
  region: string | undefined,
  { endpoint, site }: Pick<AliSettings, 'endpoint' | 'site'>,
): string {
  const central = site === 'international' ? (internationalHost ?? host) : host;
  const template = endpoint ?? `https://${central ?? '{product}.{region}.aliyuncs.com'}`;
  return withNames(template, name, region ?? CENTRAL_REGION).replace(/\/+$/, '');
}

function withNames(template: string, product: string, region: string): string {
  return template.trim().replaceAll('{product}', product).replaceAll('{region}', region);
}
