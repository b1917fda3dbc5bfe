import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsNotEmpty, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';

import { type Vendor, VENDORS } from '#domain';

import { Settings } from '../../http/openapi/schemas.js';
import { MAX_SECRET_CHARACTERS } from '../check-keys.js';

/** COC's bound on every text of an account; of secrets see `check-keys.ts`. */
const MAX_CHARACTERS = 64;

/** POST /v1/vendor-account. All but `settings` is COC's. */
export class CreateAccountDto {
  @ApiProperty({ enum: VENDORS, examples: ['VMWARE'] })
  @IsIn(VENDORS)
  vendor!: Vendor;

  @ApiProperty({
    examples: ['vcenter.example.com'],
    minLength: 1,
    maxLength: MAX_CHARACTERS,
    description:
      "The account's id at the vendor. For VMWARE, without settings, its address: vcenter.example.com.",
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_CHARACTERS)
  account_id!: string;

  @ApiProperty({ maxLength: MAX_CHARACTERS })
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  account_name!: string;

  @ApiProperty({
    maxLength: MAX_CHARACTERS,
    description:
      'Access key id; for VMWARE the user name. With a clouds.yaml in sk: the name of the cloud in it. Empty, as sk, ' +
      'with `settings.host_identity`.',
  })
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  ak!: string;

  @ApiProperty({
    maxLength: MAX_SECRET_CHARACTERS,
    writeOnly: true,
    description:
      'Secret access key; for VMWARE the password. Stored encrypted, never returned. At most 64 characters, as at ' +
      'COC, but for OPENSTACK, whose application credentials have longer secrets. For OPENSTACK it may be the ' +
      'content of a clouds.yaml: what it says then becomes ak, sk and settings, and settings sent beside it go first. ' +
      'A temporary key of AWS, ALI or RMS has its token behind the secret and a colon: `secret:token`.',
  })
  @IsString()
  @MaxLength(MAX_SECRET_CHARACTERS)
  sk!: string;

  @ApiPropertyOptional({
    ...Settings,
    nullable: true,
    description:
      "Muster's addition to COC: what the vendor needs beyond keys, for VMWARE the endpoint and TLS. For " +
      "every vendor `api_quota_percent`, how much of the account's quota of API calls may be used (1 to " +
      '100), `max_concurrent_units`, how many of its units may be worked on at once (1 to 100), ' +
      '`resource_types`, which types to list (`include`, or all of them, without `exclude`), and, where the ' +
      'vendor has them, `regions`. What is left out is neither listed nor deleted. For OTHER `connector`, which may ' +
      'also come as a text that holds it as YAML, and is an object from then on. With `host_identity`, which AWS ' +
      'has, the account signs in as the machine that Muster runs on, where HOST_IDENTITY_TENANTS allows it.',
    examples: [{ endpoint: 'https://vcenter.example/sdk', tls_verify: true, api_quota_percent: 30 }],
  })
  @IsOptional()
  @IsObject()
  settings?: object;
}
