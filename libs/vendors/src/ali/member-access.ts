import { AliError } from './ali-error.js';
import { type Credentials, RoleCredentials } from './credentials.js';
import { type DirectoryCaller, memberOf } from './directory.js';
import { classifyAliError } from './errors.js';
import type { AccessKey } from './pop-core.js';
import type { AliSettings } from './settings.js';

/** What STS says of a role that cannot be assumed. */
const ROLE_REFUSED = ['NoPermission', 'EntityNotExist.Role'];
/** What a service says of an account that it serves no more. */
const RESTRICTED = ['Forbidden.RiskControl', 'Forbidden.UserVerification', 'InsufficientBalance'];
/** What is wrong on our side, whosever key it is. */
const OUR_FAULT = /^(InvalidTimeStamp|IllegalTimestamp|RequestTimeTooSkewed)/;

/**
 * The keys for the members of the resource directory, and what their refusals mean: whatever is wrong with one
 * member fails that member's units only, as nothing is wrong with the account's own key.
 */
export class MemberAccess {
  readonly #sessions = new Map<string, RoleCredentials>();

  constructor(
    private readonly settings: AliSettings,
    private readonly call: DirectoryCaller,
  ) {}

  /** The credentials for a member. */
  credentialsOf(account: string): Credentials {
    const session = this.#sessionOf(account);
    return { key: () => this.#keyOf(account, session), expire: () => session.expire() };
  }

  /** What a refusal that was meant for a member's key comes to. */
  refusalOf(account: string, error: AliError): AliError {
    if (classifyAliError(error)?.kind !== 'credentials' || OUR_FAULT.test(error.code)) return error;
    if (RESTRICTED.includes(error.code)) return new AliError('MEMBER_RESTRICTED', error.facts);
    // The role is assumed anew, or is refused and says why.
    this.#sessions.delete(account);
    return new AliError('SESSION_REFUSED', error.facts);
  }

  #sessionOf(account: string): RoleCredentials {
    const kept = this.#sessions.get(account);
    if (kept !== undefined) return kept;
    const { directory_role: role } = this.settings;
    if (role === undefined) {
      const facts = { host: 'STS', call: 'sts AssumeRole', action: 'sts:AssumeRole', detail: account };
      throw new AliError('NOT_LISTED', facts);
    }
    const session = new RoleCredentials(`acs:ram::${account}:role/${role}`, this.settings, this.call);
    this.#sessions.set(account, session);
    return session;
  }

  async #keyOf(account: string, session: RoleCredentials): Promise<AccessKey> {
    try {
      return await session.key();
    } catch (error) {
      if (!(error instanceof AliError) || !ROLE_REFUSED.includes(error.code)) throw error;
      const isActive = await this.#isActive(account);
      throw new AliError(isActive ? 'MEMBER_ROLE_REFUSED' : 'MEMBER_INACTIVE', error.facts);
    }
  }

  /** Where we may not ask, nobody knows. */
  async #isActive(account: string): Promise<boolean> {
    try {
      return (await memberOf(this.call, account)).isActive;
    } catch (error) {
      if (error instanceof AliError && error.code.startsWith('EntityNotExist')) return false;
      if (classifyAliError(error)?.kind === 'permission') return true;
      throw error;
    }
  }
}
