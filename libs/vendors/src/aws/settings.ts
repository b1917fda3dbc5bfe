import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';
import {
  IsBoolean,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  Validate,
  ValidatorConstraint,
} from 'class-validator';

import { AccountSettings } from '#vendor-kit';

import { REGION_PATTERN } from './regions.js';

const MAX_ENDPOINT_LENGTH = 2_048;
/** With its path. */
const MAX_ROLE_LENGTH = 512;
/** A dozen certificates of ordinary size, in characters. */
const MAX_CA_LENGTH = 65_536;
const EXTERNAL_ID = {
  message: 'role_external_id must be 2 to 1,224 characters of letters, digits and +=,.@:/-_',
};

/** An origin: the SDK puts the path itself. */
@ValidatorConstraint({ name: 'isAwsEndpoint' })
class IsAwsEndpoint implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'string' || !URL.canParse(value)) return false;
    const { protocol, username, password, pathname, search, hash } = new URL(value);
    const isBare = username === '' && password === '' && pathname === '/' && search === '' && hash === '';
    return isBare && (protocol === 'https:' || protocol === 'http:');
  }

  defaultMessage(): string {
    return 'endpoint must be an http or https URL of a host alone, like https://aws.example.com';
  }
}

/** What would let an account choose where, or as whom, the identity of Muster's machine is shown. */
export const NOT_WITH_HOST_IDENTITY = ['endpoint', 'tls_ca_pem', 'role_external_id'] as const;

/** Alone: see {@link NOT_WITH_HOST_IDENTITY}. */
@ValidatorConstraint({ name: 'isWithoutChoiceOfPeers' })
class IsWithoutChoiceOfPeers implements ValidatorConstraintInterface {
  validate(isHost: unknown, { object }: ValidationArguments): boolean {
    return isHost !== true || choicesIn(object).length === 0;
  }

  defaultMessage({ object }: ValidationArguments): string {
    return (
      `host_identity cannot be set together with ${choicesIn(object).join(', ')}: the identity of Muster's machine ` +
      `is shown only to AWS, or where Muster's operator says, and its external id is made by Muster`
    );
  }
}

function choicesIn(settings: Partial<AwsSettings>): string[] {
  return NOT_WITH_HOST_IDENTITY.filter((name) => (settings[name] ?? undefined) !== undefined);
}

/** The settings of an AWS account, as on the wire. Access key id and secret access key are its `ak` and `sk`. */
export class AwsSettings extends AccountSettings {
  /**
   * Whether the account signs in as the machine that Muster runs on, by the SDK's default chain, instead of by `ak`
   * and `sk`, which are empty then. For tenants that the operator names only. Default: false.
   */
  @IsOptional()
  @IsBoolean({ message: 'host_identity must be true or false' })
  @Validate(IsWithoutChoiceOfPeers)
  host_identity?: boolean;

  /** The role to assume with the key: what is listed is then what the role may see, in the role's account. */
  @IsOptional()
  @IsString()
  @Matches(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, {
    message: 'role_arn must be the ARN of a role, like arn:aws:iam::123456789012:role/muster',
  })
  role_arn?: string;

  /** What the roles' trust policies ask for as `sts:ExternalId`. No secret, by AWS's own account. */
  @IsOptional()
  @IsString(EXTERNAL_ID)
  @MinLength(2, EXTERNAL_ID)
  @MaxLength(1_224, EXTERNAL_ID)
  @Matches(/^[\w+=,.@:/-]+$/, EXTERNAL_ID)
  role_external_id?: string;

  /**
   * The name of a role that each account of the organization has, to list these accounts too; the account itself
   * is the organization's management account, or one that may list its accounts. `OrganizationAccountAccessRole`
   * is in accounts that were made there.
   */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ROLE_LENGTH)
  @Matches(/^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/, {
    message: 'organization_role must be the name of a role, like OrganizationAccountAccessRole',
  })
  organization_role?: string;

  /**
   * The region asked first, for who we are and which regions there are; it also tells the part of AWS (China,
   * GovCloud). Default: the first of `regions`, else us-east-1.
   */
  @IsOptional()
  @IsString()
  @Matches(REGION_PATTERN, { message: 'home_region must be the name of a region, like eu-central-1' })
  home_region?: string;

  /** Serves every service of every region instead of AWS's own endpoints: a proxy, an emulator. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ENDPOINT_LENGTH)
  @Validate(IsAwsEndpoint)
  endpoint?: string;

  /** Certificates of the CAs to trust for this account, instead of the public ones; PEM. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CA_LENGTH)
  @Matches(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, {
    message: 'tls_ca_pem must hold one or more certificates in PEM form',
  })
  tls_ca_pem?: string;
}
