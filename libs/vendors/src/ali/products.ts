import type { CallLimit } from '#domain';

/** One of Alibaba Cloud's products: what its API needs beside an action and parameters. */
export interface Product {
  /** As in endpoints. */
  name: string;
  /** Of the API, as in the SDKs. */
  version: string;
  /** What RAM's actions begin with. */
  ramPrefix: string;
  /** Its host; of a region, or of all. Default: `<name>.<region>.aliyuncs.com`. */
  host?: string;
  /** The host for accounts of the international site, where it is another. */
  internationalHost?: string;
}

const product = (name: string, version: string, others: Partial<Product> = {}): Product => ({
  name,
  version,
  ramPrefix: name,
  ...others,
});

/**
 * Versions and hosts: those of Alibaba's own SDKs (`@alicloud/<product><version>`).
 */
export const PRODUCTS = {
  sts: product('sts', '2015-04-01', { host: 'sts.aliyuncs.com' }),
  ecs: product('ecs', '2014-05-26'),
  vpc: product('vpc', '2016-04-28'),
  slb: product('slb', '2014-05-15'),
  alb: product('alb', '2020-06-16'),
  nlb: product('nlb', '2022-04-30'),
  rds: product('rds', '2014-08-15'),
  ess: product('ess', '2022-02-22'),
  cs: product('cs', '2015-12-15'),
  fc: product('fcv3', '2023-03-30', { ramPrefix: 'fc' }),
  /** Its API has no version, and a signature of its own: see `oss-client.ts`. */
  oss: product('oss', '', {
    host: 'oss-cn-hangzhou.aliyuncs.com',
    internationalHost: 'oss-ap-southeast-1.aliyuncs.com',
  }),
  alidns: product('alidns', '2015-01-09', { host: 'alidns.aliyuncs.com' }),
  resourcemanager: product('resourcemanager', '2020-03-31', { host: 'resourcemanager.aliyuncs.com' }),
  resourcecenter: product('resourcecenter', '2022-12-01', {
    host: 'resourcecenter.aliyuncs.com',
    internationalHost: 'resourcecenter-intl.aliyuncs.com',
  }),
} as const satisfies Record<string, Product>;

/**
 * Alibaba Cloud limits calls per account, region and action, and shows in its Quota Center how many it lets
 * through: 1,000 a minute where it says little. Two thirds of that leave room for consoles and Terraform, which
 * share it. The burst lets every unit of an action begin at once.
 */
export const CALL_LIMIT: CallLimit = { perSecond: 10, burst: 20 };
