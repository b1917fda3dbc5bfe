import { IsOptional, IsString, IsUrl, Matches, MaxLength } from 'class-validator';

import { AccountSettings } from '#vendor-kit';

const MAX_URL_LENGTH = 2_048;
/** A dozen certificates of ordinary size, in characters. */
const MAX_PEM_LENGTH = 65_536;

/** The settings of an account, as on the wire. The access key's id and secret are the account's `ak` and `sk`. */
export class TemplateSettings extends AccountSettings {
  /** Where the cloud's API is. */
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  @IsUrl(
    { protocols: ['http', 'https'], require_protocol: true, require_tld: false, disallow_auth: true },
    { message: 'endpoint must be an http or https URL without user name and password' },
  )
  endpoint!: string;

  /** Certificates of the CAs to trust for this account, instead of the public ones; PEM. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_PEM_LENGTH)
  @Matches(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, {
    message: 'tls_ca_pem must hold one or more certificates in PEM form',
  })
  tls_ca_pem?: string;
}
