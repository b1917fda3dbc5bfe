import type { JsonObject } from '#domain';
import { type OfferedScope, readKeySecret, type VendorAccess } from '#vendor-kit';

import { type AliCall, AliClient } from './ali-client.js';
import { AliError } from './ali-error.js';
import { type Credentials, fixedCredentials, RoleCredentials } from './credentials.js';
import { membersOf } from './directory.js';
import { centralRegion, endpointOf } from './endpoints.js';
import { MemberAccess } from './member-access.js';
import { GLOBAL_SCOPE, memberScope } from './place.js';
import { type Product, PRODUCTS } from './products.js';
import type { AliSettings } from './settings.js';

/** Alibaba Cloud's account ids; others are names that the user gave. */
const ACCOUNT_ID = /^\d{10,}$/;

/** What the products, and OSS, say of a token that has ended. */
const ENDED = ['InvalidSecurityToken.Expired', 'SecurityTokenExpired'];

interface CallerIdentity {
  AccountId?: string | number;
}

interface Regions {
  Regions?: { Region?: { RegionId?: string; LocalName?: string }[] };
}

/** One account's connection, and that of the members of its resource directory where the settings name their role. */
export class AliConnection {
  /** Items in a page, where the API allows as many. */
  readonly pageLimit: number;
  readonly settings: AliSettings;
  readonly #client: AliClient;
  readonly #credentials: Credentials;
  readonly #members: MemberAccess;
  #own: string | undefined;
  readonly #closing = new AbortController();

  constructor({ sk, settings, ...ways }: VendorAccess<AliSettings>, pageLimit: number) {
    this.pageLimit = pageLimit;
    this.settings = withoutNulls(settings);
    this.#client = new AliClient({ ...ways, settings: this.settings });
    const { secret, token } = readKeySecret(sk);
    const key = {
      accessKeyId: ways.ak,
      accessKeySecret: secret,
      ...(token === undefined ? {} : { securityToken: token }),
    };
    const { role_arn: role } = this.settings;
    const closing = this.#closing.signal;
    this.#credentials =
      role === undefined
        ? fixedCredentials(key)
        : new RoleCredentials(role, this.settings, (call) => this.#client.call(call, key, closing));
    this.#members = new MemberAccess(this.settings, (call) => this.call(call, closing));
  }

  /** @throws as {@link AliClient.call} */
  async call(call: AliCall, signal: AbortSignal): Promise<JsonObject> {
    const { account } = call;
    if (account === undefined) return this.#callWith(this.#credentials, call, signal);
    const credentials = this.#members.credentialsOf(account);
    await credentials.key(); // what is refused here is the role, and below what it may do
    try {
      return await this.#callWith(credentials, call, signal);
    } catch (error) {
      throw error instanceof AliError ? this.#members.refusalOf(account, error) : error;
    }
  }

  async #callWith(credentials: Credentials, call: AliCall, signal: AbortSignal): Promise<JsonObject> {
    try {
      return await this.#client.call(call, await credentials.key(), signal);
    } catch (error) {
      if (!(error instanceof AliError)) throw error;
      if (error.code === 'ENOTFOUND' && (await this.#isOnlyNotOffered(call, signal))) {
        throw new AliError('NO_ENDPOINT', error.facts);
      }
      if (!ENDED.includes(error.code) || !credentials.expire()) throw error;
      return this.#client.call(call, await credentials.key(), signal);
    }
  }

  /**
   * Checks the key, and that it leads to the account that the user means, where the account's id is Alibaba
   * Cloud's own.
   */
  async verify(accountId: string, signal: AbortSignal): Promise<void> {
    const call: AliCall = { product: PRODUCTS.sts, action: 'GetCallerIdentity' };
    const { AccountId } = (await this.call(call, signal)) as CallerIdentity;
    this.#own = String(AccountId);
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

  /**
   * The account's regions, in Alibaba Cloud's order, and what is in none of them; then the same of each member of
   * its resource directory, where the settings name their role. Every account has all regions of its site.
   */
  async scopes(signal: AbortSignal): Promise<readonly OfferedScope[]> {
    const region = centralRegion(this.settings);
    const parameters = { AcceptLanguage: 'en-US' };
    const call: AliCall = { product: PRODUCTS.ecs, action: 'DescribeRegions', region, parameters };
    const { Regions: regions } = (await this.call(call, signal)) as Regions;
    const scopes = (regions?.Region ?? []).flatMap(({ RegionId: id, LocalName: name }) =>
      id === undefined ? [] : [{ key: id, name: name === undefined ? id : `${name} (${id})`, region: id }],
    );
    const own = [...scopes, GLOBAL_SCOPE];
    if (this.settings.directory_role === undefined) return own;
    const members = await membersOf((asked) => this.call(asked, signal), this.pageLimit);
    const ofMembers = members
      .filter(({ account }) => account !== this.#own)
      .flatMap(({ account, isActive }) =>
        isActive
          ? own.map((scope) => memberScope(account, scope))
          : // One scope is enough to say that it was skipped.
            [memberScope(account, { ...GLOBAL_SCOPE, name: `${GLOBAL_SCOPE.name} (not active)` })],
      );
    return [...own, ...ofMembers];
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

/** A setting may be sent as null, which is as good as not at all. */
function withoutNulls(settings: AliSettings): AliSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}
