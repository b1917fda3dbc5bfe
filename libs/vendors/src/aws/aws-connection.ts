import { DescribeRegionsCommand } from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { NodeHttpHandler } from '@smithy/node-http-handler';

import { type CallGate, type HostIdentity, readKeySecret, required, type VendorAccess } from '#vendor-kit';

import { AwsClients, type AwsCommand, type AwsKey, type AwsSigner, requestHandlerOf } from './aws-clients.js';
import { AwsError, toAwsError } from './aws-error.js';
import { hostKeys } from './host-keys.js';
import { isMemberActive, type Member, membersOf } from './organization.js';
import { DEFAULT_HOME, partitionOf, REGION_PATTERN } from './regions.js';
import { RoleSession } from './role-session.js';
import type { AwsService } from './services.js';
import { type AwsSettings, NOT_WITH_HOST_IDENTITY } from './settings.js';

/** An assumed role's session: as long as AWS grants to any role, and to one assumed by another. */
const SESSION_SECONDS = 3_600;
const ROLE_SESSION_NAME = 'muster';
/** Of so many members the clients are kept, those used last; a client is soon made, and takes some 100 KB. */
const MEMBERS_KEPT = 16;

/**
 * What a wrong key gets, and what a good one gets in a region that the account has not enabled: who we are, asked
 * in the home region, tells which (steampipe-plugin-aws#75). A service that a region does not have has no address.
 */
const AMBIGUOUS = ['AuthFailure', 'InvalidClientTokenId', 'UnrecognizedClientException', 'ENOTFOUND'];
/** What a member says to a session that it doesn't take (any more), as of an account that was closed meanwhile. */
const SESSION_REFUSED = [
  'AuthFailure',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'ExpiredToken',
  'ExpiredTokenException',
  'NotSignedUp',
];
/** What tells that a member can't be asked for its regions: its units will say why. */
const MEMBER_REFUSED = [
  'MEMBER_ROLE_REFUSED',
  'ACCOUNT_SUSPENDED',
  'UnauthorizedOperation',
  'SESSION_REFUSED',
  'OptInRequired',
  'PendingVerification',
];

/** Where a call goes. */
export interface AwsTarget {
  service: AwsService;
  region: string;
}

/** Whose: an account's twelve digits. */
export interface AwsAccountTarget extends AwsTarget {
  account: string;
}

/** One account's connection and, where its settings name a role for it, that of the members of its organization. */
export class AwsConnection {
  private readonly requestHandler: NodeHttpHandler;
  private readonly base: AwsClients;
  /** Those of the account itself: with the role's key, where there is a role. */
  private readonly clients: AwsClients;
  private readonly clientsOfMembers = new Map<string, AwsClients>();
  private readonly sessionsOfMembers = new Map<string, RoleSession>();
  private readonly gate: CallGate;
  private readonly settings: AwsSettings;
  private readonly accountId: string;
  private readonly hostIdentity: HostIdentity | undefined;
  /** The account that key and role belong to, which for a key never changes. */
  private own: string | undefined;
  /** The region that is asked what is not of any region. */
  readonly home: string;

  /** @param itemsPerPage at most so many, where AWS allows as few */
  constructor(
    access: VendorAccess<AwsSettings>,
    readonly itemsPerPage: number,
  ) {
    this.accountId = access.accountId;
    this.settings = effective(access.settings);
    this.hostIdentity = access.hostIdentity;
    this.gate = access.gate;
    this.home = homeOf(this.settings);
    this.requestHandler = requestHandlerOf(this.settings, access.network);
    this.base = this.clientsWith(this.settings.host_identity === true ? this.host() : ownKey(access));
    const { role_arn: role } = this.settings;
    this.clients = role === undefined ? this.base : this.clientsOfRole(role);
  }

  /** Makes a call: once, at the account's pace. */
  async call<Output>(
    { account, ...target }: AwsAccountTarget,
    command: AwsCommand<Output>,
    signal: AbortSignal,
  ): Promise<Output> {
    const clients = await this.clientsOf(account, target, signal);
    try {
      return await this.send(clients, { ...target, command }, signal);
    } catch (thrown) {
      if (!(thrown instanceof AwsError)) throw thrown;
      const error = await this.withoutDoubt(thrown, clients, signal);
      const isElsewhere = AMBIGUOUS.includes(error.code) && target.region !== this.home;
      if (isElsewhere && (await this.isKeyGood(clients, signal)))
        throw new AwsError('REGION_DISABLED', error.facts, { cause: error });
      const isOfSession = clients.member !== undefined && error.facts.operation !== 'AssumeRole';
      if (!isOfSession || !SESSION_REFUSED.includes(error.code)) throw error;
      // Nothing is wrong with the account's own key: the role is assumed anew, or is refused and says why.
      this.sessionsOfMembers.delete(account);
      this.clientsOfMembers.delete(account);
      throw new AwsError('SESSION_REFUSED', error.facts, { cause: error });
    }
  }

  /** Who the key, or the role, belongs to: the account's twelve digits. The cheapest call, which nobody is refused. */
  async account(signal: AbortSignal): Promise<string> {
    const account = await this.identityOf(this.clients, signal);
    // An id that says which account it is has to be right: the inventory of one would replace that of another.
    if (/^\d{12}$/.test(this.accountId) && this.accountId !== account)
      throw new AwsError('WRONG_ACCOUNT', { ...this.sts(), operation: 'GetCallerIdentity', detail: account });
    this.own = account;
    return account;
  }

  /**
   * The regions that an account has enabled, sorted. One that it hasn't is among them only if the settings name
   * it: its units then say that they were skipped, and why.
   */
  async regions(account: string, signal: AbortSignal): Promise<string[]> {
    const command = new DescribeRegionsCommand({ AllRegions: true });
    const { Regions = [] } = await this.call({ account, service: 'ec2', region: this.home }, command, signal);
    const named = this.settings.regions ?? [];
    return Regions.filter(
      ({ RegionName = '', OptInStatus }) => OptInStatus !== 'not-opted-in' || named.includes(RegionName),
    )
      .map(({ RegionName }) => required(RegionName, 'Regions[].RegionName'))
      .sort();
  }

  /** The other accounts of the organization; none unless the settings name the role that they have for us. */
  async members(signal: AbortSignal): Promise<Member[]> {
    if (this.settings.organization_role === undefined) return [];
    const members = await membersOf(this.organizations(signal));
    return members.filter(({ account }) => account !== this.own);
  }

  /** A member's regions; of one that refuses to tell, those that others have, so that its units are there to fail. */
  async memberRegions(
    account: string,
    { otherwise, signal }: { otherwise: readonly string[]; signal: AbortSignal },
  ): Promise<readonly string[]> {
    try {
      return await this.regions(account, signal);
    } catch (error) {
      if (error instanceof AwsError && MEMBER_REFUSED.includes(error.code)) return otherwise;
      throw error;
    }
  }

  close(): void {
    this.requestHandler.destroy();
  }

  /** The clients that may list an account. */
  private async clientsOf(account: string, target: AwsTarget, signal: AbortSignal): Promise<AwsClients> {
    const own = this.own ?? (await this.account(signal));
    if (account === own) return this.clients;
    const { organization_role: role } = this.settings;
    if (role === undefined)
      throw new AwsError('NOT_LISTED', { ...target, operation: 'AssumeRole', detail: account });
    const kept = this.clientsOfMembers.get(account);
    const clients =
      kept ?? this.clientsWith({ key: () => this.memberSession(account, role).key(), member: account });
    this.clientsOfMembers.delete(account);
    this.clientsOfMembers.set(account, clients); // behind all others
    const [oldest] = this.clientsOfMembers.keys();
    if (this.clientsOfMembers.size > MEMBERS_KEPT && oldest !== undefined)
      this.clientsOfMembers.delete(oldest);
    return clients;
  }

  private memberSession(account: string, role: string): RoleSession {
    const kept = this.sessionsOfMembers.get(account);
    if (kept !== undefined) return kept;
    const arn = `arn:${partitionOf(this.home)}:iam::${account}:role/${role}`;
    const session = new RoleSession(() => this.openMemberSession(account, arn));
    this.sessionsOfMembers.set(account, session);
    return session;
  }

  private async openMemberSession(account: string, arn: string): Promise<AwsKey> {
    try {
      return await this.openSession(this.clients, arn);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ROLE_REFUSED') throw error;
      const call = this.organizations(new AbortController().signal);
      const isActive = await isMemberActive(call, account).catch((refusal: unknown) => {
        if (refusal instanceof AwsError && refusal.code.startsWith('AccessDenied')) return true; // nobody knows
        throw refusal;
      });
      throw new AwsError(isActive ? 'MEMBER_ROLE_REFUSED' : 'ACCOUNT_SUSPENDED', error.facts, {
        cause: error,
      });
    }
  }

  private organizations(signal: AbortSignal) {
    return <Output>(service: AwsService, command: AwsCommand<Output>): Promise<Output> =>
      this.send(this.clients, { service, region: this.home, command }, signal);
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
        const facts = { service, region, operation, signer: clients.signerKind };
        throw toAwsError(error, facts, signal);
      }
    };
    // AWS limits each account's calls for themselves.
    const place = clients.member === undefined ? region : `${clients.member}/${region}`;
    return this.gate.call(`${service}/${place}`, make, { signal });
  }

  private async identityOf(clients: AwsClients, signal: AbortSignal): Promise<string> {
    const command = new GetCallerIdentityCommand({});
    const { Account } = await this.send(clients, { ...this.sts(), command }, signal);
    return required(Account, 'Account');
  }

  /** EC2 says the same of a token that has ended as of a clock that is wrong; STS tells which. */
  private async withoutDoubt(error: AwsError, clients: AwsClients, signal: AbortSignal): Promise<AwsError> {
    if (error.code !== 'RequestExpired') return error;
    const hasEnded = await this.identityOf(clients, signal).then(
      () => false,
      (refusal: unknown) => refusal instanceof AwsError && refusal.code === 'ExpiredToken',
    );
    return hasEnded ? new AwsError('ExpiredToken', error.facts, { cause: error }) : error;
  }

  private async isKeyGood(clients: AwsClients, signal: AbortSignal): Promise<boolean> {
    try {
      await this.identityOf(clients, signal);
      return true;
    } catch {
      return false;
    }
  }

  /** @throws when nobody has given leave: what the account's settings say is not enough */
  private host(): AwsSigner {
    if (this.hostIdentity === undefined) throw new Error('There is no leave to be the machine of Muster.');
    return { key: hostKeys(this.home), kind: 'host' };
  }

  private clientsWith(signer: AwsSigner): AwsClients {
    return new AwsClients(this.settings, this.requestHandler, signer);
  }

  private clientsOfRole(arn: string): AwsClients {
    const session = new RoleSession(() => this.openSession(this.base, arn));
    return this.clientsWith({ key: () => session.key() });
  }

  private async openSession(by: AwsClients, RoleArn: string): Promise<AwsKey> {
    const externalId = this.hostIdentity?.externalId;
    const ExternalId = externalId ?? this.settings.role_external_id;
    const command = new AssumeRoleCommand({
      RoleArn,
      RoleSessionName: ROLE_SESSION_NAME,
      DurationSeconds: SESSION_SECONDS,
      ...(ExternalId === undefined ? {} : { ExternalId }),
    });
    try {
      const signal = new AbortController().signal; // it serves whoever calls next, not only who called first
      const { Credentials } = await this.send(by, { ...this.sts(), command }, signal);
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = required(Credentials, 'Credentials');
      return {
        accessKeyId: required(AccessKeyId, 'Credentials.AccessKeyId'),
        secretAccessKey: required(SecretAccessKey, 'Credentials.SecretAccessKey'),
        sessionToken: required(SessionToken, 'Credentials.SessionToken'),
        expiration: required(Expiration, 'Credentials.Expiration'),
      };
    } catch (error) {
      if (error instanceof AwsError && error.code === 'AccessDenied')
        throw new AwsError('ROLE_REFUSED', { ...error.facts, externalId }, { cause: error });
      throw error;
    }
  }

  private sts(): AwsTarget {
    return { service: 'sts', region: this.home };
  }
}

/** A setting may be sent as null, which is as good as not at all; some don't count for the machine's identity. */
function effective(settings: AwsSettings): AwsSettings {
  const left: readonly string[] = settings.host_identity === true ? NOT_WITH_HOST_IDENTITY : [];
  return Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => value !== null && !left.includes(name)),
  );
}

function ownKey({ ak, sk }: VendorAccess<AwsSettings>): AwsSigner {
  const { secret, token } = readKeySecret(sk);
  const key: AwsKey = {
    accessKeyId: ak,
    secretAccessKey: secret,
    ...(token === undefined ? {} : { sessionToken: token }),
  };
  return { key: () => Promise.resolve(key), kind: token === undefined ? undefined : 'temporary' };
}

function homeOf({ home_region, regions = [] }: AwsSettings): string {
  return home_region ?? regions.find((region) => REGION_PATTERN.test(region)) ?? DEFAULT_HOME;
}
