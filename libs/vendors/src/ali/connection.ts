import type { JsonObject } from '#domain';
import type { OfferedScope, VendorAccess } from '#vendor-kit';

import { type AliCall, AliClient } from './ali-client.js';
import { AliError } from './ali-error.js';
import { Credentials } from './credentials.js';
import { centralRegion, endpointOf } from './endpoints.js';
import { type Product, PRODUCTS } from './products.js';
import type { AliSettings } from './settings.js';

/** The scope of what is not in a region. */
export const GLOBAL_SCOPE: OfferedScope = { key: 'global', name: 'Global' };

/** Alibaba Cloud's account ids; others are names that the user gave. */
const ACCOUNT_ID = /^\d{10,}$/;

interface CallerIdentity {
  AccountId?: string | number;
}

interface Regions {
  Regions?: { Region?: { RegionId?: string; LocalName?: string }[] };
}

/** One account's connection: its key, and what calls are made with it. */
export class AliConnection {
  /** Items in a page, where the API allows as many. */
  readonly pageLimit: number;
  readonly settings: AliSettings;
  readonly #client: AliClient;
  readonly #credentials: Credentials;
  readonly #closing = new AbortController();

  constructor({ ak, sk, settings, ...ways }: VendorAccess<AliSettings>, pageLimit: number) {
    this.pageLimit = pageLimit;
    this.settings = settings;
    this.#client = new AliClient({ ...ways, settings });
    const own = { accessKeyId: ak, accessKeySecret: sk };
    this.#credentials = new Credentials(this.#client, own, settings, this.#closing.signal);
  }

  /** @throws as {@link AliClient.call} */
  async call(call: AliCall, signal: AbortSignal): Promise<JsonObject> {
    try {
      return await this.#client.call(call, await this.#credentials.key(), signal);
    } catch (error) {
      if (!(error instanceof AliError)) throw error;
      if (error.code === 'ENOTFOUND' && (await this.#isOnlyNotOffered(call, signal))) {
        throw new AliError('NO_ENDPOINT', error.facts);
      }
      if (error.code !== 'InvalidSecurityToken.Expired' || !this.#credentials.expire()) throw error;
      return this.#client.call(call, await this.#credentials.key(), signal);
    }
  }

  /**
   * Checks the key, and that it leads to the account that the user means, where the account's id is Alibaba
   * Cloud's own.
   */
  async verify(accountId: string, signal: AbortSignal): Promise<void> {
    const call: AliCall = { product: PRODUCTS.sts, action: 'GetCallerIdentity' };
    const { AccountId } = (await this.call(call, signal)) as CallerIdentity;
    if (!ACCOUNT_ID.test(accountId) || String(AccountId) === accountId) return;
    throw new AliError('WRONG_ACCOUNT', {
      host: this.hostOf(PRODUCTS.sts),
      call: 'sts GetCallerIdentity',
      action: 'sts:GetCallerIdentity',
      detail: `it is of ${String(AccountId)}, not ${accountId}`,
    });
  }

  /** Of a central product. */
  hostOf(product: Product): string {
    return new URL(endpointOf(product, undefined, this.settings)).host;
  }

  /** The account's regions, in Alibaba Cloud's order, and what is in none of them. */
  async scopes(signal: AbortSignal): Promise<readonly OfferedScope[]> {
    const region = centralRegion(this.settings);
    const parameters = { AcceptLanguage: 'en-US' };
    const call: AliCall = { product: PRODUCTS.ecs, action: 'DescribeRegions', region, parameters };
    const { Regions: regions } = (await this.call(call, signal)) as Regions;
    const scopes = (regions?.Region ?? []).flatMap(({ RegionId: id, LocalName: name }) =>
      id === undefined ? [] : [{ key: id, name: name === undefined ? id : `${name} (${id})`, region: id }],
    );
    return [...scopes, GLOBAL_SCOPE];
  }

  /**
   * A product that is not offered in a region has no host there. For lack of a name service there would be none
   * either, so another product of the region, which every one has, must answer.
   */
  async #isOnlyNotOffered({ product, region, bucket }: AliCall, signal: AbortSignal): Promise<boolean> {
    if (region === undefined || bucket !== undefined || product === PRODUCTS.ecs) return false;
    const call: AliCall = { product: PRODUCTS.ecs, action: 'DescribeRegions', region };
    try {
      await this.#client.call(call, await this.#credentials.key(), signal);
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the connection is closed'));
    await this.#client.close();
  }
}
