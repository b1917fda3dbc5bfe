import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Validate,
  ValidateNested,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

import { AccountSettings } from '#vendor-kit';

import { isEndpoint } from './endpoints.js';

const MAX_URL_LENGTH = 2_048;
const MAX_DOMAIN_LENGTH = 253;
/** A dozen certificates of ordinary size, in characters. */
const MAX_PEM_LENGTH = 65_536;
const MAX_PROJECTS = 500;
const PROJECTS = {
  message:
    `projects must be a list of 1 to ${String(MAX_PROJECTS)} different projects, each its id of 32 hex digits, or its ` +
    `region and that: sa-fb-2/0c1f…`,
};
const PROJECT = /^([A-Za-z\d]+(-[A-Za-z\d]+)*\/)?[\da-f]{32}$/;
const MAX_REGION_LENGTH = 64;
const REGION = /^[A-Za-z\d]+(-[A-Za-z\d]+)*$/;
const DOMAIN = /^[A-Za-z\d-]+(\.[A-Za-z\d-]+)+$/;
/** `region.domain`, with what tells accounts of the same cloud apart in front of an `@`. */
const PLACE = /^(?:[^@]*@)?([a-z\d]+(?:-[a-z\d]+)*)\.([a-z\d-]+(?:\.[a-z\d-]+)+)$/i;

/** Accepts what {@link isEndpoint} accepts; over TLS where certificates are named. */
@ValidatorConstraint({ name: 'isHcsEndpoint' })
class IsHcsEndpoint implements ValidatorConstraintInterface {
  validate(value: unknown, { object }: ValidationArguments): boolean {
    if (typeof value !== 'string' || !isEndpoint(value)) return false;
    return /^https:/i.test(value.trim()) || (object as Partial<HcsSettings>).tls_ca_pem === undefined;
  }

  defaultMessage({ object, property }: ValidationArguments): string {
    const scheme = (object as Partial<HcsSettings>).tls_ca_pem === undefined ? 'http or https' : 'https';
    return (
      `${property} must be an ${scheme} URL of host and port only, in which {service} and {region} may stand: ` +
      `https://{service}.{region}.cloud.example.com`
    );
  }
}

/** The doors by which a cloud is read: its tenants' services, or ManageOne, where its operator sees all of them. */
export const SOURCES = ['services', 'manageone'] as const;
const SOURCE = { message: `source must be ${SOURCES.join(' or ')}` };

/** Accepts a door; ManageOne's only over TLS, as it is sent a password, and with all of its regions. */
@ValidatorConstraint({ name: 'isHcsSource' })
class IsHcsSource implements ValidatorConstraintInterface {
  validate(value: unknown, args: ValidationArguments): boolean {
    return problemOf(value, args.object as HcsSettings) === undefined;
  }

  defaultMessage({ value, object }: ValidationArguments): string {
    return problemOf(value, object as HcsSettings) ?? '';
  }
}

function problemOf(source: unknown, settings: HcsSettings): string | undefined {
  if (source !== 'manageone') return undefined;
  if (settings.regions !== undefined) {
    return 'source cannot be manageone together with regions: ManageOne is listed whole, or by projects';
  }
  const endpoint = settings.endpoints?.oc ?? settings.endpoint;
  return typeof endpoint === 'string' && !/^https:/i.test(endpoint.trim())
    ? 'source can be manageone only with an endpoint of https, as it is sent a password'
    : undefined;
}

/** The rules of a property that may hold where a service is. */
function IsServiceEndpoint(): PropertyDecorator {
  const rules = [IsOptional(), IsString(), MaxLength(MAX_URL_LENGTH), Validate(IsHcsEndpoint)];
  return (target, name) => {
    for (const rule of rules) rule(target, name);
  };
}

/** Other places of single services. */
export class HcsEndpoints {
  @IsServiceEndpoint()
  iam?: string;

  @IsServiceEndpoint()
  ecs?: string;

  @IsServiceEndpoint()
  bms?: string;

  @IsServiceEndpoint()
  evs?: string;

  @IsServiceEndpoint()
  vpc?: string;

  @IsServiceEndpoint()
  ims?: string;

  @IsServiceEndpoint()
  cce?: string;

  @IsServiceEndpoint()
  rds?: string;

  @IsServiceEndpoint()
  oc?: string;
}

/**
 * The settings of an HCS account, as on the wire. The access key pair is the account's `ak` and `sk`; of an account of
 * ManageOne's they are its user and password.
 */
export class HcsSettings extends AccountSettings {
  /** What the hosts of the cloud end with: `cloud.example.com` of `ecs.region-1.cloud.example.com`. */
  @IsString()
  @MaxLength(MAX_DOMAIN_LENGTH)
  @Matches(DOMAIN, {
    message: 'cloud_domain must be what the hosts of the cloud end with, like cloud.example.com',
  })
  cloud_domain!: string;

  /** The region whose IAM is asked which projects and regions there are. */
  @IsString()
  @MaxLength(MAX_REGION_LENGTH)
  @Matches(REGION, { message: 'home_region must be the id of a region, like sa-fb-1' })
  home_region!: string;

  /** By which door it is read; default: the tenants' services. */
  @IsOptional()
  @IsString(SOURCE)
  @IsIn(SOURCES, SOURCE)
  @Validate(IsHcsSource)
  source?: (typeof SOURCES)[number];

  /** Where all services are instead; `{service}` and `{region}` in it become `ecs` and the region's id. */
  @IsServiceEndpoint()
  endpoint?: string;

  /** Where single services are instead. */
  @IsOptional()
  @IsObject({ message: 'endpoints must be an object of services and their URLs' })
  @ValidateNested()
  @Type(() => HcsEndpoints)
  endpoints?: HcsEndpoints;

  /**
   * The projects (resource spaces) to list, by id, or by region and id: `sa-fb-2/0c1f…`. Default: all that the key may
   * see. Where IAM doesn't tell those, they have to be named.
   */
  @IsOptional()
  @IsArray(PROJECTS)
  @ArrayMinSize(1, PROJECTS)
  @ArrayMaxSize(MAX_PROJECTS, PROJECTS)
  @ArrayUnique(PROJECTS)
  @IsString({ each: true, ...PROJECTS })
  @Matches(PROJECT, { each: true, ...PROJECTS })
  projects?: string[];

  /** Certificates of the CAs to trust for this account, instead of the public ones; PEM. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_PEM_LENGTH)
  @Matches(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, {
    message: 'tls_ca_pem must hold one or more certificates in PEM form',
  })
  tls_ca_pem?: string;
}

/** The region and domain in an account's id, as `name@region.domain`: Huawei's clients have no other field for them. */
export function placeInId(accountId: string): Pick<HcsSettings, 'home_region' | 'cloud_domain'> | undefined {
  const [, region, domain] = PLACE.exec(accountId) ?? [];
  return region === undefined || domain === undefined
    ? undefined
    : { home_region: region, cloud_domain: domain };
}
