import {
  IsBoolean,
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

import { vsphereEndpoint } from './endpoint.js';

const MAX_ENDPOINT_LENGTH = 2_048;
/** A dozen certificates of ordinary size, in characters. */
const MAX_CA_LENGTH = 65_536;

/** Accepts what {@link vsphereEndpoint} accepts, and says why not. */
@ValidatorConstraint({ name: 'isVsphereEndpoint' })
class IsVsphereEndpoint implements ValidatorConstraintInterface {
  validate(value: unknown, { object }: ValidationArguments): boolean {
    const url = typeof value === 'string' ? vsphereEndpoint(value) : undefined;
    return url !== undefined && (url.protocol === 'https:' || !expectsTls(object));
  }

  defaultMessage({ object }: ValidationArguments): string {
    return expectsTls(object)
      ? 'endpoint must be an https URL without user name and password, since tls_ca_pem or tls_fingerprint_sha256 is set'
      : 'endpoint must be an http or https URL without user name and password, like https://vcenter.example.com/sdk';
  }
}

/** Who names a certificate to trust must not be served without any. */
function expectsTls(settings: object): boolean {
  const { tls_ca_pem, tls_fingerprint_sha256 } = settings as Partial<VmwareSettings>;
  return tls_ca_pem !== undefined || tls_fingerprint_sha256 !== undefined;
}

/** The settings of a VMWARE account, as on the wire. User name and password are the account's `ak` and `sk`. */
export class VmwareSettings extends AccountSettings {
  /** vCenter's or ESXi's address. Without a path, `/sdk` is meant. */
  @IsString({
    message: ({ value }: ValidationArguments) =>
      value === undefined
        ? 'endpoint must be a string; without settings, the account_id may be the address'
        : 'endpoint must be a string',
  })
  @MaxLength(MAX_ENDPOINT_LENGTH)
  @Validate(IsVsphereEndpoint)
  endpoint!: string;

  /** Certificates of the CAs to trust for this account, instead of the public ones; PEM. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CA_LENGTH)
  @Matches(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, {
    message: 'tls_ca_pem must hold one or more certificates in PEM form',
  })
  tls_ca_pem?: string;

  /** SHA-256 fingerprint of the one certificate to trust, whoever signed it: 64 hex digits, colons optional. */
  @IsOptional()
  @IsString()
  @Matches(/^[0-9a-fA-F]{2}(:?[0-9a-fA-F]{2}){31}$/, {
    message: 'tls_fingerprint_sha256 must be 64 hexadecimal digits, with or without colons',
  })
  tls_fingerprint_sha256?: string;

  /** `false` accepts any certificate, and so anyone who stands in between. Default: true. */
  @IsOptional()
  @IsBoolean()
  tls_verify?: boolean;
}
