import type { AliClient } from './ali-client.js';
import { AliError } from './ali-error.js';
import type { AccessKey } from './pop-core.js';
import { PRODUCTS } from './products.js';
import type { AliSettings } from './settings.js';

/** How long a role's key is to hold: whatever a role allows, it allows an hour. */
const ROLE_SECONDS = 3_600;
/** It is replaced so long before its end: a call with it has to arrive before that. */
const RENEW_BEFORE_MS = 5 * 60_000;
const SESSION_NAME = 'muster';

/** What AssumeRole answers. */
interface AssumedRole {
  Credentials?: { AccessKeyId?: string; AccessKeySecret?: string; SecurityToken?: string };
}

/** The key to sign with: the account's own, or that of a role, which is assumed with it again in time. */
export class Credentials {
  #role: Promise<AccessKey> | undefined;
  #renewAt = 0;

  constructor(
    private readonly client: AliClient,
    private readonly own: AccessKey,
    private readonly settings: AliSettings,
    /** Ends the assuming of a role, for which several units may be waiting. */
    private readonly closing: AbortSignal,
  ) {}

  /** @throws as {@link AliClient.call}, when a role has to be assumed */
  async key(): Promise<AccessKey> {
    const { role_arn: roleArn } = this.settings;
    if (roleArn === undefined) return this.own;
    // Nothing is awaited in between: units that come together have the role assumed once.
    if (this.#role === undefined || this.#renewAt <= Date.now()) {
      this.#renewAt = Date.now() + ROLE_SECONDS * 1_000 - RENEW_BEFORE_MS;
      const role = this.#assume(roleArn);
      this.#role = role;
      role.catch(() => {
        if (this.#role === role) this.#role = undefined;
      });
    }
    return this.#role;
  }

  /** Says that the vendor takes a key no more. False when there is no other to be had. */
  expire(): boolean {
    if (this.settings.role_arn === undefined) return false;
    this.#role = undefined;
    return true;
  }

  async #assume(roleArn: string): Promise<AccessKey> {
    const { role_session_name: sessionName, role_external_id: externalId } = this.settings;
    const answer = await this.client.call(
      {
        product: PRODUCTS.sts,
        action: 'AssumeRole',
        parameters: {
          RoleArn: roleArn,
          RoleSessionName: sessionName ?? SESSION_NAME,
          DurationSeconds: ROLE_SECONDS,
          ...(externalId === undefined ? {} : { ExternalId: externalId }),
        },
      },
      this.own,
      this.closing,
    );
    const { AccessKeyId, AccessKeySecret, SecurityToken } = (answer as AssumedRole).Credentials ?? {};
    if (AccessKeyId === undefined || AccessKeySecret === undefined || SecurityToken === undefined) {
      throw new AliError('MALFORMED_ANSWER', {
        host: 'STS',
        call: 'sts AssumeRole',
        action: 'sts:AssumeRole',
      });
    }
    return { accessKeyId: AccessKeyId, accessKeySecret: AccessKeySecret, securityToken: SecurityToken };
  }
}
