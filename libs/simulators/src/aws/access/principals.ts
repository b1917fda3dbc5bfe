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
}

const DIGEST_LENGTH = 40;

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

  /** @throws {AwsFault} when the role isn't there, or doesn't trust who asks */
  assume(
    by: Principal,
    role: { arn: string; session: string; externalId?: string | undefined; seconds: number },
  ) {
    const known = this.roles.find(({ account, name }) => role.arn === `arn:aws:iam::${account}:role/${name}`);
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
    this.sessions += 1;
    const secret = digest(`${role.arn} ${this.sessions}`);
    const accessKeyId = `ASIA${secret.slice(0, 16).toUpperCase()}`;
    const principal = {
      account: known.account,
      arn: `arn:aws:sts::${known.account}:assumed-role/${known.name}/${role.session}`,
      userId: `AROA${digest(known.name).slice(0, 17).toUpperCase()}:${role.session}`,
      secretAccessKey: secret.slice(0, DIGEST_LENGTH),
      sessionToken: Buffer.from(secret).toString('base64'),
      expires: Date.now() + (this.sessionMs ?? role.seconds * 1_000),
    };
    this.byKey.set(accessKeyId, principal);
    return { accessKeyId, ...principal };
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
