/** Huawei Cloud's sites; their accounts and hosts are apart. */
export const SITES = ['global', 'europe'] as const;
export type Site = (typeof SITES)[number];

const DOMAINS: Readonly<Record<Site, string>> = { global: 'myhuaweicloud.com', europe: 'myhuaweicloud.eu' };

/** The part of the settings that says where the services are. */
export interface EndpointSettings {
  site?: Site;
  endpoint?: string;
  iam_endpoint?: string;
  ecs_endpoint?: string;
}

/** Whether a text is a URL of host and port, once `{region}` is replaced. */
export function isEndpoint(text: string): boolean {
  const url = text.trim().replaceAll('{region}', 'cn-north-4');
  if (!URL.canParse(url)) return false;
  const { protocol, pathname, username, password, search, hash } = new URL(url);
  return (
    ['http:', 'https:'].includes(protocol) && `${username}${password}${pathname}${search}${hash}` === '/'
  );
}

/** Where Config is: one place for all regions. */
export function configOrigin({ endpoint, site = 'global' }: EndpointSettings): string {
  return originOf(endpoint ?? `https://rms.${DOMAINS[site]}`);
}

export function iamOrigin({ iam_endpoint: endpoint, site = 'global' }: EndpointSettings): string {
  return originOf(endpoint ?? `https://iam.${DOMAINS[site]}`);
}

export function ecsOrigin(
  region: string,
  { ecs_endpoint: endpoint, site = 'global' }: EndpointSettings,
): string {
  return originOf(endpoint ?? `https://ecs.{region}.${DOMAINS[site]}`, region);
}

function originOf(template: string, region = ''): string {
  return new URL(template.trim().replaceAll('{region}', region)).origin;
}
