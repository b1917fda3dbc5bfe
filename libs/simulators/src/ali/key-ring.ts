import { randomBytes } from 'node:crypto';

import { AliFault } from './ali-fault.js';
import type { SimulatedDirectory } from './directory.js';

/** A key that calls may be signed with. */
export interface SimulatedKey {
  id: string;
  secret: string;
  accountId: string;
  /** Of an assumed role. */
  token?: string;
}

/** A key of STS. */
export interface TemporaryKey extends Required<SimulatedKey> {
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** After so many calls it has ended, whatever the time is. */
  callsLeft: number;
}

export interface SimulatedRole {
  arn: string;
  externalId: string | undefined;
}

/** Tokens are base64. */
const TOKEN = /^[\w+/]{100,}=*$/;

/** The keys and roles of a simulated Alibaba Cloud. */
export class KeyRing {
  private readonly temporary = new Map<string, TemporaryKey>();
  private readonly expired = new Set<string>();

  constructor(
    readonly own: SimulatedKey,
    private readonly role: SimulatedRole | undefined,
    private readonly directory: SimulatedDirectory | undefined,
  ) {}

  /** @throws {AliFault} as STS and every product do */
  find(id: string, token: string | undefined): SimulatedKey {
    if (id === this.own.id) return this.own;
    if (this.expired.has(id)) throw tokenFault('Expired');
    const key = this.temporary.get(id);
    if (key === undefined) {
      throw new AliFault(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
    }
    if (token === undefined) throw new AliFault(400, 'MissingSecurityToken', 'SecurityToken is mandatory.');
    if (!TOKEN.test(token)) throw tokenFault('Malformed');
    if (token !== key.token) throw tokenFault('MismatchWithAccessKey');
    if (key.expiresAt <= Date.now() || key.callsLeft <= 0) throw tokenFault('Expired');
    key.callsLeft -= 1;
    if (this.directory?.isInactive(key.accountId) === true) {
      throw new AliFault(403, 'InvalidAccessKeyId.Inactive', 'Specified access key is disabled.');
    }
    return key;
  }

  /** @throws {AliFault} when there is no such role, or its trust policy asks for another external id */
  assume(arn: string, seconds: number, externalId: string | undefined): TemporaryKey {
    const role = this.roleOf(arn);
    if (role === undefined) throw new AliFault(404, 'EntityNotExist.Role', 'The role not exists.');
    const [, account = ''] = /^acs:ram::(\d+):/.exec(arn) ?? [];
    if (externalId !== role.externalId || this.directory?.isInactive(account) === true) {
      throw new AliFault(403, 'NoPermission', 'You are not authorized to do this action.');
    }
    return this.issue(seconds, { account });
  }

  /** A key of STS for an account, the own one unless another is named; for so many calls at most, if that is said. */
  issue(seconds: number, { account = this.own.accountId, callsLeft = Infinity } = {}): TemporaryKey {
    const key = {
      id: `STS.${randomBytes(12).toString('hex')}`,
      secret: randomBytes(24).toString('hex'),
      token: randomBytes(300).toString('base64'),
      accountId: account,
      expiresAt: Date.now() + seconds * 1_000,
      callsLeft,
    };
    this.temporary.set(key.id, key);
    return key;
  }

  private roleOf(arn: string): SimulatedRole | undefined {
    if (arn === this.role?.arn) return this.role;
    return this.directory?.hasRole(arn) === true ? { arn, externalId: undefined } : undefined;
  }

  expireTemporary(): void {
    for (const id of this.temporary.keys()) this.expired.add(id);
    this.temporary.clear();
  }
}

function tokenFault(why: string): AliFault {
  return new AliFault(400, `InvalidSecurityToken.${why}`, `Specified SecurityToken is ${why}.`);
}
