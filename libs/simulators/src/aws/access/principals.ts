import { createHash } from 'node:crypto';

import { AwsFault } from '../protocol/aws-fault.js';

/** An account, as a simulator is given it. */
export interface AwsPrincipalOptions {
  /** Twelve digits. */
  account: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** A role that keys of other accounts, or the same, may assume. */
export interface AwsRoleOptions {
  account: string;
  name: string;
  /** The accounts that may. */
  trusts: readonly string[];
  externalId?: string;
  /** The token of a web identity that may, too: that of a pod of EKS. */
  webIdentityToken?: string;
}

/** Whoever signed a request. */
export interface Principal {
  account: string;
  arn: string;
  userId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** Milliseconds since 1970. */
  expires?: number;
  /** After so many calls it has ended, whatever the time is. */
  callsLeft?: number;
}

/** The keys of a session, as STS hands them out. */
export interface AwsSession extends Principal {
  accessKeyId: string;
  sessionToken: string;
  expires: number;
}

const DIGEST_LENGTH = 40;
const HOUR_SECONDS = 3_600;

/** Who there is, by access key. */
export class Principals {
  private readonly byKey = new Map<string, Principal>();
  private sessions = 0;
  /** How long a role's sessions last, if not as long as is asked for; in milliseconds. */
  sessionMs: number | undefined;

  constructor(
    users: readonly AwsPrincipalOptions[],
    private readonly roles: readonly AwsRoleOptions[],
    private readonly isSuspended: (account: string) => boolean = () => false,
  ) {
    for (const user of users) this.setKey(user);
  }

  /** Adds a key, or changes its secret. */
  setKey({ account, accessKeyId, secretAccessKey }: AwsPrincipalOptions): void {
    const userId = `AIDA${digest(accessKeyId).slice(0, 17).toUpperCase()}`;
    this.byKey.set(accessKeyId, {
      account,
      arn: `arn:aws:iam::${account}:user/muster`,
      userId,
      secretAccessKey,
    });
  }

  find(accessKeyId: string): Principal | undefined {
    return this.byKey.get(accessKeyId);
  }

  /** Takes note of a call. False when the key has ended. */
  use(principal: Principal): boolean {
    const { expires = Infinity, callsLeft = Infinity } = principal;
    if (expires <= Date.now() || callsLeft <= 0) return false;
    principal.callsLeft = callsLeft - 1;
    return true;
  }

  /**
   * A temporary key of whoever has a lasting one.
   * @throws {AwsFault} when that is a session itself
   */
  session(by: Principal, seconds: number): AwsSession {
    if (by.sessionToken !== undefined)
      throw new AwsFault('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403);
    const { account, arn, userId } = by;
    return this.open({ account, arn, userId }, seconds);
  }

  /** A temporary key of the user of a lasting one, as `session`; it ends after so many calls, if that is said. */
  issueSession(accessKeyId: string, callsLeft?: number): AwsSession {
    const user = this.byKey.get(accessKeyId);
    if (user === undefined) throw new Error(`The simulated AWS has no key ${accessKeyId}.`);
    const session = this.session(user, HOUR_SECONDS);
    if (callsLeft !== undefined) session.callsLeft = callsLeft;
    return session;
  }

  /** Ends all sessions that there are. */
  endSessions(): void {
    for (const principal of this.byKey.values()) {
      if (principal.sessionToken !== undefined) principal.expires = 0;
    }
  }

  /** @throws {AwsFault} when the role isn't there, or doesn't trust who asks */
  assume(
    by: Principal,
    role: { arn: string; session: string; externalId?: string | undefined; seconds: number },
  ): AwsSession {
    const known = this.roleOf(role.arn);
    const isTrusted =
      known?.trusts.includes(by.account) === true &&
      !this.isSuspended(known.account) &&
      (known.externalId === undefined || known.externalId === role.externalId);
    if (!isTrusted)
      throw new AwsFault(
        'AccessDenied',
        `User: ${by.arn} is not authorized to perform: sts:AssumeRole on resource: ${role.arn}`,
        403,
      );
    return this.openRole(known, role);
  }

  /** @throws {AwsFault} when the role isn't there, or doesn't trust the token */
  assumeByWebIdentity(role: { arn: string; session: string; token: string; seconds: number }): AwsSession {
    const known = this.roleOf(role.arn);
    if (known?.webIdentityToken === undefined || known.webIdentityToken !== role.token)
      throw new AwsFault('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
    return this.openRole(known, role);
  }

  private openRole(
    { account, name }: AwsRoleOptions,
    { session, seconds }: { session: string; seconds: number },
  ): AwsSession {
    return this.open(
      {
        account,
        arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
        userId: `AROA${digest(name).slice(0, 17).toUpperCase()}:${session}`,
      },
      seconds,
    );
  }

  private roleOf(arn: string): AwsRoleOptions | undefined {
    return this.roles.find(({ account, name }) => arn === `arn:aws:iam::${account}:role/${name}`);
  }

  private open(who: Pick<Principal, 'account' | 'arn' | 'userId'>, seconds: number): AwsSession {
    this.sessions += 1;
    const secret = digest(`${who.arn} ${this.sessions}`);
    const session = {
      ...who,
      accessKeyId: `ASIA${secret.slice(0, 16).toUpperCase()}`,
      secretAccessKey: secret.slice(0, DIGEST_LENGTH),
      sessionToken: Buffer.from(secret).toString('base64'),
      expires: Date.now() + (this.sessionMs ?? seconds * 1_000),
    };
    this.byKey.set(session.accessKeyId, session);
    return session;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
