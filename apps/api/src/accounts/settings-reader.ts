import { Inject, Injectable } from '@nestjs/common';

import { AccountRepository } from '#database';
import {
  type AccountSettings,
  AddressPolicy,
  HostIdentityPolicy,
  usesHostIdentity,
  type VendorManifest,
} from '#vendor-kit';

import { ApiError } from '../http/api-error.js';
import { checkEndpoints } from './check-endpoints.js';
import { parseSettings } from './parse-settings.js';

/** Reads the settings that an account is to have, as far as its vendor and Muster's operator allow them. */
@Injectable()
export class SettingsReader {
  constructor(
    @Inject(AccountRepository) private readonly accounts: AccountRepository,
    @Inject(AddressPolicy) private readonly addresses: AddressPolicy,
    @Inject(HostIdentityPolicy) private readonly hostIdentities: HostIdentityPolicy,
  ) {}

  /** @throws {ApiError} that names each wrong field */
  async read(vendor: VendorManifest, given: object, tenantId: string): Promise<AccountSettings> {
    const settings = await parseSettings(vendor, given);
    checkEndpoints(settings, this.addresses);
    if (usesHostIdentity(settings)) await this.checkTenant(tenantId);
    return settings;
  }

  private async checkTenant(tenantId: string): Promise<void> {
    const refusal = this.hostIdentities.refusalOf(await this.accounts.tenantNameOf({ tenantId }));
    if (refusal !== undefined) throw new ApiError('invalidParameter', refusal);
  }
}
