import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
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

import { AZURE_CLOUDS, type AzureCloudName } from './clouds.js';

const MAX_URL_LENGTH = 2_048;
/** A dozen certificates of ordinary size, in characters. */
const MAX_PEM_LENGTH = 65_536;
/** For more there is the management group. */
const MAX_SUBSCRIPTIONS = 500;
const GUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** A tenant's id, or one of its verified domains. */
const TENANT = /^([\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|[\da-z-]+(\.[\da-z-]+)+)$/i;
const TENANT_ID = {
  message: ({ value }: ValidationArguments) =>
    value === undefined
      ? "tenant_id must be the tenant's id or domain; without settings, the account_id may be it"
      : "tenant_id must be the tenant's id or one of its domains",
};
const CLOUD = { message: `cloud must be one of ${Object.keys(AZURE_CLOUDS).join(', ')}` };
const MANAGEMENT_GROUP = { message: 'management_group must be the id of a management group' };
const SUBSCRIPTIONS = {
  message: `subscriptions must be a list of 1 to ${String(MAX_SUBSCRIPTIONS)} different subscription ids`,
};
const ENCRYPTED_KEY =
  'client_certificate_pem must hold the certificate and its private key in PEM form, the key encrypted ' +
  "(BEGIN ENCRYPTED PRIVATE KEY), since settings are no secret; its passphrase is the account's sk";

/** The origin that a user's URL is: `https://management.azure.com`. `undefined` when there is more to it. */
export function originOf(text: string): string | undefined {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  const isBare = url.pathname === '/' && url.search === '' && url.hash === '';
  return isBare && url.username === '' && url.password === '' ? url.origin : undefined;
}

/** Accepts a URL of host and port; over TLS where a secret goes with it, or where certificates are named. */
@ValidatorConstraint({ name: 'isOrigin' })
class IsOrigin implements ValidatorConstraintInterface {
  validate(value: unknown, { object, property }: ValidationArguments): boolean {
    const origin = typeof value === 'string' ? originOf(value) : undefined;
    return origin !== undefined && (origin.startsWith('https:') || !expectsTls(object, property));
  }

  defaultMessage({ object, property }: ValidationArguments): string {
    return expectsTls(object, property)
      ? `${property} must be an https URL of host and port only`
      : `${property} must be an http or https URL of host and port only`;
  }
}

function expectsTls(settings: object, property: string): boolean {
  return property === 'authority' || (settings as Partial<AzureSettings>).tls_ca_pem !== undefined;
}

/**
 * The settings of an AZURE account, as on the wire. The account's `ak` is the application's (client) id, its `sk`
 * the client secret, or the passphrase of the key in `client_certificate_pem`.
 */
export class AzureSettings extends AccountSettings {
  /** The Microsoft Entra tenant: its id, or one of its domains. */
  @IsString(TENANT_ID)
  @Matches(TENANT, TENANT_ID)
  tenant_id!: string;

  /** Which of Azure's clouds. Default: `public`. */
  @IsOptional()
  @IsString(CLOUD)
  @IsIn(Object.keys(AZURE_CLOUDS), CLOUD)
  cloud?: AzureCloudName;

  /** Another way to Azure Resource Manager than the cloud's own: a proxy's, a private cloud's, an emulator's. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  @Validate(IsOrigin)
  endpoint?: string;

  /** Another way to Microsoft Entra ID than the cloud's own. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  @Validate(IsOrigin)
  authority?: string;

  /** The subscriptions to list. Default: all that the application may see. */
  @IsOptional()
  @IsArray(SUBSCRIPTIONS)
  @ArrayMinSize(1, SUBSCRIPTIONS)
  @ArrayMaxSize(MAX_SUBSCRIPTIONS, SUBSCRIPTIONS)
  @ArrayUnique((id: unknown) => (typeof id === 'string' ? id.toLowerCase() : id), SUBSCRIPTIONS)
  @IsString({ each: true, ...SUBSCRIPTIONS })
  @Matches(GUID, { each: true, ...SUBSCRIPTIONS })
  subscriptions?: string[];

  /** The management group whose subscriptions are listed, those of its own groups too. */
  @IsOptional()
  @IsString(MANAGEMENT_GROUP)
  @Matches(/^[\w().-]{1,90}$/, MANAGEMENT_GROUP)
  management_group?: string;

  /**
   * To sign in with a certificate instead of a client secret: the certificate and its encrypted private key, PEM.
   */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_PEM_LENGTH)
  @Matches(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, { message: ENCRYPTED_KEY })
  @Matches(/-----BEGIN ENCRYPTED PRIVATE KEY-----[\s\S]+-----END ENCRYPTED PRIVATE KEY-----/, {
    message: ENCRYPTED_KEY,
  })
  @Matches(/^(?![\s\S]*-----BEGIN ((RSA|EC) )?PRIVATE KEY-----)/, { message: ENCRYPTED_KEY })
  client_certificate_pem?: string;

  /** Certificates of the CAs to trust for this account, instead of the public ones; PEM. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_PEM_LENGTH)
  @Matches(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, {
    message: 'tls_ca_pem must hold one or more certificates in PEM form',
  })
  tls_ca_pem?: string;
}

/** The tenant that an account's id is, if it is one: Huawei's clients have no other field to name it. */
export function tenantInId(accountId: string): string | undefined {
  return TENANT.test(accountId) ? accountId : undefined;
}
