import {
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

import { AccountSettings } from '#vendor-kit';

import { isEndpoint, type Site, SITES } from './endpoints.js';

const MAX_URL_LENGTH = 2_048;
/** A dozen certificates of ordinary size, in characters. */
const MAX_PEM_LENGTH = 65_536;
const DOMAIN_ID = /^[\da-f]{32}$/;

/** Accepts what {@link isEndpoint} accepts; over TLS where certificates are named. */
@ValidatorConstraint({ name: 'isRmsEndpoint' })
class IsRmsEndpoint implements ValidatorConstraintInterface {
  validate(value: unknown, { object }: ValidationArguments): boolean {
    if (typeof value !== 'string' || !isEndpoint(value)) return false;
    return /^https:/i.test(value.trim()) || (object as Partial<RmsSettings>).tls_ca_pem === undefined;
  }

  defaultMessage({ object, property }: ValidationArguments): string {
    const scheme = (object as Partial<RmsSettings>).tls_ca_pem === undefined ? 'http or https' : 'https';
    const region =
      property === 'ecs_endpoint' ? ', with {region} in it: https://ecs.{region}.cloud.example.com' : '';
    return `${property} must be an ${scheme} URL of host and port only${region}`;
  }
}

/** The settings of an RMS account, as on the wire. The access key pair is the account's `ak` and `sk`. */
export class RmsSettings extends AccountSettings {
  /** The account's (domain's) id at Huawei Cloud. Default: the one that the key belongs to. */
  @IsOptional()
  @IsString()
  @Matches(DOMAIN_ID, { message: 'domain_id must be the account id in "My Credentials": 32 hex digits' })
  domain_id?: string;

  /** `global` for myhuaweicloud.com, `europe` for myhuaweicloud.eu. Default: `global`. */
  @IsOptional()
  @IsString()
  @IsIn(SITES, { message: `site must be one of ${SITES.join(', ')}` })
  site?: Site;

  /** Another way to Config than the site's own: a proxy's, a simulator's. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  @Validate(IsRmsEndpoint)
  endpoint?: string;

  /** Another way to IAM than the site's own. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  @Validate(IsRmsEndpoint)
  iam_endpoint?: string;

  /** Another way to ECS than the site's own; `{region}` in it becomes the region's id. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  @Validate(IsRmsEndpoint)
  ecs_endpoint?: string;

  /**
   * Whether servers are looked up at ECS, which knows their state, addresses and disks as they are now, and not as
   * Config last heard. Default: true.
   */
  @IsOptional()
  @IsBoolean({ message: 'server_details must be true or false' })
  server_details?: boolean;

  /** Certificates of the CAs to trust for this account, instead of the public ones; PEM. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_PEM_LENGTH)
  @Matches(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, {
    message: 'tls_ca_pem must hold one or more certificates in PEM form',
  })
  tls_ca_pem?: string;
}

/** The domain that an account's id is, if it is one: Huawei's clients have no other field to name it. */
export function domainInId(accountId: string): string | undefined {
  return DOMAIN_ID.test(accountId) ? accountId : undefined;
}
