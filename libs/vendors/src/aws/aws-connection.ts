import { DescribeRegionsCommand } from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';

import { type CallGate, required, type VendorAccess } from '#vendor-kit';

import { AwsClients, type AwsCommand, type AwsKey } from './aws-clients.js';
import { AwsError, toAwsError } from './aws-error.js';
import { DEFAULT_HOME, REGION_PATTERN } from './regions.js';
import type { AwsService } from './services.js';
import type { AwsSettings } from './settings.js';

/** An assumed role's session: as long as AWS grants to any role, and to one assumed by another. */
const SESSION_SECONDS = 3_600;
/** A new one is asked for so long before the old one ends. */
const RENEW_MS = 5 * 60 * 1_000;
const ROLE_SESSION_NAME = 'muster';

/**
 * What a wrong key gets, and what a good one gets in a region that the account has not enabled: who we are, asked
 * in the home region, tells which (steampipe-plugin-aws#75). A service that a region does not have has no address.
 */
const AMBIGUOUS = ['AuthFailure', 'InvalidClientTokenId', 'UnrecognizedClientException', 'ENOTFOUND'];

/** Where a call goes. */
export interface AwsTarget {
  service: AwsService;
  region: string;
}

/** One account's connection. */
export class AwsConnection {
  private readonly base: AwsClients;
  /** Those that list: with the role's key, where there is a role. */
  private readonly clients: AwsClients;
  private session: Promise<AwsKey> | undefined;
  private readonly gate: CallGate;
  private readonly settings: AwsSettings;
  private readonly accountId: string;
  /** The region that is asked what is not of any region. */
  readonly home: string;

  /** @param itemsPerPage at most so many, where AWS allows as few */
  constructor(
    { accountId, ak, sk, settings, gate, network }: VendorAccess<AwsSettings>,
    readonly itemsPerPage: number,
  ) {
    this.accountId = accountId;
    this.settings = withoutNulls(settings);
    this.gate = gate;
    this.home = homeOf(this.settings);
    const key: AwsKey = { accessKeyId: ak, secretAccessKey: sk };
    this.base = new AwsClients(this.settings, network, () => Promise.resolve(key));
    this.clients =
      this.settings.role_arn === undefined
        ? this.base
        : new AwsClients(this.settings, network, () => this.assumeRole());
  }

  /** Makes a call: once, at the account's pace. */
  async call<Output>(target: AwsTarget, command: AwsCommand<Output>, signal: AbortSignal): Promise<Output> {
    try {
      return await this.send(this.clients, { ...target, command }, signal);
    } catch (error) {
      if (!(error instanceof AwsError) || !AMBIGUOUS.includes(error.code)) throw error;
      if (target.region === this.home || !(await this.isKeyGood(signal))) throw error;
      throw new AwsError('REGION_DISABLED', error.facts, { cause: error });
    }
  }

  /** Who the key, or the role, belongs to: the account's twelve digits. The cheapest call, which nobody is refused. */
  async account(signal: AbortSignal): Promise<string> {
    const command = new GetCallerIdentityCommand({});
    const { Account } = await this.send(this.clients, { ...this.sts(), command }, signal);
    const account = required(Account, 'Account');
    // An id that says which account it is has to be right: the inventory of one would replace that of another.
    if (/^\d{12}$/.test(this.accountId) && this.accountId !== account)
      throw new AwsError('WRONG_ACCOUNT', { ...this.sts(), operation: 'GetCallerIdentity', detail: account });
    return account;
  }

  /**
   * The regions that the account has enabled, sorted. One that it hasn't is among them only if the settings name
   * it: its units then say that they were skipped, and why.
   */
  async regions(signal: AbortSignal): Promise<string[]> {
    const command = new DescribeRegionsCommand({ AllRegions: true });
    const { Regions = [] } = await this.call({ service: 'ec2', region: this.home }, command, signal);
    const named = this.settings.regions ?? [];
    return Regions.filter(
      ({ RegionName = '', OptInStatus }) => OptInStatus !== 'not-opted-in' || named.includes(RegionName),
    )
      .map(({ RegionName }) => required(RegionName, 'Regions[].RegionName'))
      .sort();
  }

  close(): void {
    this.clients.destroy();
    this.base.destroy();
  }

  private async send<Output>(
    clients: AwsClients,
    { service, region, command }: AwsTarget & { command: AwsCommand<Output> },
    signal: AbortSignal,
  ): Promise<Output> {
    const client = clients.of(service, region);
    const operation = command.constructor.name.replace(/Command$/, '');
    const make = async () => {
      try {
        return await client.send(command, { abortSignal: signal });
      } catch (error) {
        throw toAwsError(error, { service, region, operation }, signal);
      }
    };
    return this.gate.call(`${service}/${region}`, make, { signal });
  }

  private async isKeyGood(signal: AbortSignal): Promise<boolean> {
    try {
      await this.account(signal);
      return true;
    } catch {
      return false;
    }
  }

  /** The role's key; one session for all clients, until it is about to end. Who comes meanwhile waits for it. */
  private assumeRole(): Promise<AwsKey> {
    const last = this.session?.catch(() => undefined) ?? Promise.resolve(undefined);
    this.session = last.then((key) => {
      const isLasting = (key?.expiration?.getTime() ?? 0) - Date.now() > RENEW_MS;
      return key !== undefined && isLasting ? key : this.openSession();
    });
    return this.session;
  }

  private async openSession(): Promise<AwsKey> {
    const { role_arn: RoleArn, role_external_id: ExternalId } = this.settings;
    const command = new AssumeRoleCommand({
      RoleArn,
      RoleSessionName: ROLE_SESSION_NAME,
      DurationSeconds: SESSION_SECONDS,
      ...(ExternalId === undefined ? {} : { ExternalId }),
    });
    try {
      const signal = new AbortController().signal; // it serves whoever calls next, not only who called first
      const { Credentials } = await this.send(this.base, { ...this.sts(), command }, signal);
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = required(Credentials, 'Credentials');
      return {
        accessKeyId: required(AccessKeyId, 'Credentials.AccessKeyId'),
        secretAccessKey: required(SecretAccessKey, 'Credentials.SecretAccessKey'),
        sessionToken: required(SessionToken, 'Credentials.SessionToken'),
        expiration: required(Expiration, 'Credentials.Expiration'),
      };
    } catch (error) {
      if (error instanceof AwsError && error.code === 'AccessDenied')
        throw new AwsError('ROLE_REFUSED', error.facts, { cause: error });
      throw error;
    }
  }

  private sts(): AwsTarget {
    return { service: 'sts', region: this.home };
  }
}

/** A setting may be sent as null, which is as good as not at all. */
function withoutNulls(settings: AwsSettings): AwsSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

function homeOf({ home_region, regions = [] }: AwsSettings): string {
  return home_region ?? regions.find((region) => REGION_PATTERN.test(region)) ?? DEFAULT_HOME;
}
