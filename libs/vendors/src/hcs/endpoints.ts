/**
 * The services that are called, and what their hosts begin with. Load balancers are the VPC service's; `oc` is
 * ManageOne, the operator's side.
 */
export const SERVICE_HOSTS = {
  iam: 'iam-apigateway-proxy',
  ecs: 'ecs',
  bms: 'bms',
  evs: 'evs',
  vpc: 'vpc',
  ims: 'ims',
  cce: 'cce',
  rds: 'rds',
  oc: 'oc',
} as const;

export type HcsService = keyof typeof SERVICE_HOSTS;

/** Services that a stack may do without. The others are in every one. */
export const OPTIONAL_SERVICES: readonly HcsService[] = ['bms', 'cce', 'rds'];

/** The part of the settings that says where the services are. */
export interface EndpointSettings {
  cloud_domain: string;
  endpoint?: string;
  endpoints?: Partial<Record<HcsService, string>>;
}

const DEFAULT = 'https://{service}.{region}.{cloud_domain}';

/** Whether a text is a URL of host and port, once `{service}` and `{region}` are replaced. */
export function isEndpoint(text: string): boolean {
  const url = text.trim().replaceAll('{service}', 'ecs').replaceAll('{region}', 'region-1');
  if (!URL.canParse(url)) return false;
  const { protocol, pathname, username, password, search, hash } = new URL(url);
  return (
    ['http:', 'https:'].includes(protocol) && `${username}${password}${pathname}${search}${hash}` === '/'
  );
}

/** Where a service of a region is. */
export function serviceOrigin(service: HcsService, region: string, settings: EndpointSettings): string {
  const template = settings.endpoints?.[service] ?? settings.endpoint ?? DEFAULT;
  const url = template
    .trim()
    .replaceAll('{service}', SERVICE_HOSTS[service])
    .replaceAll('{region}', region)
    .replaceAll('{cloud_domain}', domainWithout(region, settings.cloud_domain));
  return new URL(url).origin;
}

/** Users paste `region.domain` as often as the domain alone. */
function domainWithout(region: string, domain: string): string {
  return domain.startsWith(`${region}.`) ? domain.slice(region.length + 1) : domain;
}
