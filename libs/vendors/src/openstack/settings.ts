import {
  IsBoolean,
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

import { IncrementalSettings } from '#vendor-kit';

import { authUrl } from './auth-url.js';
import type { Interface } from './catalog.js';

const MAX_ENDPOINT_LENGTH = 2_048;
/** A dozen certificates of ordinary size, in characters. */
const MAX_CA_LENGTH = 65_536;
/** Keystone's bounds on names and ids of users, projects and domains. */
const MAX_NAME_LENGTH = 255;

/** How an account signs in, by what its `ak` and `sk` are. */
export const AUTH_TYPES = ['password', 'application_credential'] as const;
export type AuthType = (typeof AUTH_TYPES)[number];
/** The same in the words of clouds.yaml. */
export const AUTH_TYPE_ALIASES: Readonly<Record<string, AuthType>> = {
  v3password: 'password',
  v3applicationcredential: 'application_credential',
};
export const INTERFACES: readonly Interface[] = ['public', 'internal', 'admin'];

const AUTH_TYPE = {
  message: `auth_type must be one of ${[...AUTH_TYPES, ...Object.keys(AUTH_TYPE_ALIASES)].join(', ')}`,
};
const INTERFACE = { message: `interface must be one of ${INTERFACES.join(', ')}` };

/** Accepts what {@link authUrl} accepts, and says why not. */
@ValidatorConstraint({ name: 'isAuthUrl' })
class IsAuthUrl implements ValidatorConstraintInterface {
  validate(value: unknown, { object }: ValidationArguments): boolean {
    const url = typeof value === 'string' ? authUrl(value) : undefined;
    return url !== undefined && (url.protocol === 'https:' || !expectsTls(object));
  }

  defaultMessage({ object }: ValidationArguments): string {
    return expectsTls(object)
      ? 'endpoint must be an https URL without user name and password, since tls_ca_pem is set'
      : 'endpoint must be an http or https URL without user name and password, like https://keystone.example.com:5000/v3';
  }
}

/** Who names a certificate to trust must not be served without any. */
function expectsTls(settings: object): boolean {
  return (settings as Partial<OpenstackSettings>).tls_ca_pem !== undefined;
}

/** Refuses a setting beside another one, which says the same thing. */
@ValidatorConstraint({ name: 'isInsteadOf' })
class IsInsteadOf implements ValidatorConstraintInterface {
  validate(_value: unknown, { object, constraints }: ValidationArguments): boolean {
    return !(constraints as string[]).some(
      (other) => (object as Readonly<Record<string, unknown>>)[other] !== undefined,
    );
  }

  defaultMessage({ property, constraints }: ValidationArguments): string {
    return `${property} cannot be set beside ${(constraints as string[]).join(' or ')}`;
  }
}

/** A name or id in Keystone. */
function IsKeystoneName(): PropertyDecorator {
  const message = `$property must be a text of 1 to ${String(MAX_NAME_LENGTH)} characters`;
  const rules = [IsOptional(), IsString({ message }), Length(1, MAX_NAME_LENGTH, { message })];
  return (target, name) => {
    for (const rule of rules) rule(target, name);
  };
}

/**
 * The settings of an OPENSTACK account, as on the wire, spelled as in clouds.yaml. The account's `ak` is the user's
 * name or id and its `sk` the password; or they are an application credential's id and secret.
 */
export class OpenstackSettings extends IncrementalSettings {
  /** Keystone's address, the `auth_url` of clouds.yaml. `/v3` is added where it is missing. */
  @IsString({
    message: ({ value }: ValidationArguments) =>
      value === undefined
        ? "endpoint must be Keystone's URL (the auth_url of clouds.yaml); without settings, the account_id may be it"
        : 'endpoint must be a string',
  })
  @MaxLength(MAX_ENDPOINT_LENGTH)
  @Validate(IsAuthUrl)
  endpoint!: string;

  /** What `ak` and `sk` are. Default: `password`. */
  @IsOptional()
  @IsString(AUTH_TYPE)
  @IsIn([...AUTH_TYPES, ...Object.keys(AUTH_TYPE_ALIASES)], AUTH_TYPE)
  auth_type?: string;

  /** The domain of the user by its name. Default: `Default`. */
  @IsKeystoneName()
  user_domain_name?: string;

  /** The same by its id. */
  @IsKeystoneName()
  @Validate(IsInsteadOf, ['user_domain_name'])
  user_domain_id?: string;

  /** The project to sign in to, and to list. Default: all in which the user has a role. */
  @IsKeystoneName()
  project_name?: string;

  /** The same by its id. */
  @IsKeystoneName()
  @Validate(IsInsteadOf, ['project_name'])
  project_id?: string;

  /** The domain of the project by its name. Default: the user's. */
  @IsKeystoneName()
  project_domain_name?: string;

  /** The same by its id. */
  @IsKeystoneName()
  @Validate(IsInsteadOf, ['project_domain_name'])
  project_domain_id?: string;

  /**
   * Whether the whole cloud is listed, which takes the role `admin` in the project that is signed in to. Default: if
   * the user has it.
   */
  @IsOptional()
  @IsBoolean({ message: 'all_projects must be true or false' })
  all_projects?: boolean;

  /** Which of the services' addresses in the catalog are used. Default: `public`. */
  @IsOptional()
  @IsString(INTERFACE)
  @IsIn(INTERFACES, INTERFACE)
  interface?: Interface;

  /** Whether tokens may be sent without TLS where the catalog says so, though `endpoint` has TLS. Default: false. */
  @IsOptional()
  @IsBoolean({ message: 'allow_http must be true or false' })
  allow_http?: boolean;

  /** Certificates of the CAs to trust for this account, instead of the public ones; PEM. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CA_LENGTH)
  @Matches(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, {
    message: 'tls_ca_pem must hold one or more certificates in PEM form, not the path of a file',
  })
  tls_ca_pem?: string;
}

/** What an account's `ak` and `sk` are. */
export function authTypeOf({ auth_type: type = 'password' }: Pick<OpenstackSettings, 'auth_type'>): AuthType {
  return AUTH_TYPE_ALIASES[type] ?? (type === 'application_credential' ? type : 'password');
}
