import {
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

import { AccountSettings } from '#vendor-kit';

import { isEndpoint } from './endpoints.js';

const MAX_ENDPOINT_LENGTH = 2_048;
const MAX_ARN_LENGTH = 256;

/** Accepts what {@link isEndpoint} accepts, and says why not. */
@ValidatorConstraint({ name: 'isAliEndpoint' })
class IsAliEndpoint implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && isEndpoint(value);
  }

  defaultMessage({ property }: ValidationArguments): string {
    return (
      `${property} must be an http or https URL without user name, password, query and fragment, in which ` +
      `{product} and {region} may stand, like https://{product}.{region}.cloud.example.com`
    );
  }
}

/** Refuses what is said of a role, or of several, without one. */
@ValidatorConstraint({ name: 'isOfRole' })
class IsOfRole implements ValidatorConstraintInterface {
  validate(_value: unknown, { object }: ValidationArguments): boolean {
    return (
      (object as AliSettings).role_arn !== undefined || (object as AliSettings).directory_role !== undefined
    );
  }

  defaultMessage({ property }: ValidationArguments): string {
    return `${property} is of use with role_arn or directory_role only`;
  }
}

/** Which of the two clouds an account belongs to: their accounts and some central endpoints are apart. */
export const SITES = ['china', 'international'] as const;
export type Site = (typeof SITES)[number];

/** The settings of an ALI account, as on the wire. AccessKey id and secret are the account's `ak` and `sk`. */
export class AliSettings extends AccountSettings {
  /** `china` for accounts of aliyun.com, `international` for those of alibabacloud.com. Default: `china`. */
  @IsOptional()
  @IsString()
  @IsIn(SITES, { message: `site must be one of ${SITES.join(', ')}` })
  site?: Site;

  /**
   * Where the services are instead of at aliyuncs.com: of a private cloud, a proxy or a simulator. `{product}`
   * and `{region}` in it become `ecs` and `cn-hangzhou`.
   */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ENDPOINT_LENGTH)
  @Validate(IsAliEndpoint)
  endpoint?: string;

  /** The RAM role to assume with the key; what is listed is then the role's account. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ARN_LENGTH)
  @Matches(/^acs:ram::\d+:role\/[\w.@-]+$/, {
    message: 'role_arn must be like acs:ram::1234567890123456:role/muster',
  })
  role_arn?: string;

  /**
   * The name of a RAM role that each member of the resource directory has, to list these accounts too; the account
   * itself is the directory's management account. `ResourceDirectoryAccountAccessRole` is in members made there.
   */
  @IsOptional()
  @IsString()
  @Matches(/^[\w.@-]{1,64}$/, {
    message: 'directory_role must be the name of a RAM role, like ResourceDirectoryAccountAccessRole',
  })
  directory_role?: string;

  /** What the role's trust policy asks for, so that nobody else can have it assumed. */
  @IsOptional()
  @IsString()
  @Validate(IsOfRole)
  @Length(2, 1_224)
  @Matches(/^[\w=,.@:/-]+$/, { message: 'role_external_id must be of letters, digits and =,.@:/-_' })
  role_external_id?: string;

  /** What the role's calls are called in ActionTrail. Default: `muster`. */
  @IsOptional()
  @IsString()
  @Validate(IsOfRole)
  @Length(2, 64)
  @Matches(/^[\w.@-]+$/, { message: 'role_session_name must be of letters, digits and .@-_' })
  role_session_name?: string;
}
