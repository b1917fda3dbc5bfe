import type { JsonObject } from '#domain';

import type { AliCall } from './ali-client.js';
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

/** A key to sign with. */
export interface Credentials {
  /** @throws as a call does, when a role has to be assumed */
  key(): Promise<AccessKey>;
  /** Says that the vendor takes a key no more. False when there is no other to be had. */
  expire(): boolean;
}

/** A key that is what it is. */
export function fixedCredentials(key: AccessKey): Credentials {
  return { key: () => Promise.resolve(key), expire: () => false };
}

/** A role's key: the role is assumed again in time. */
export class RoleCredentials implements Credentials {
  #role: Promise<AccessKey> | undefined;
  #renewAt = 0;

  constructor(
    private readonly arn: string,
    private readonly settings: Pick<AliSettings, 'role_session_name' | 'role_external_id'>,
    /** Makes the call of STS, with the key that may. Several units may be waiting for it. */
    private readonly call: (call: AliCall) => Promise<JsonObject>,
  ) {}

  key(): Promise<AccessKey> {
    // Nothing is awaited in between: units that come together have the role assumed once.
    if (this.#role === undefined || this.#renewAt <= Date.now()) {
      this.#renewAt = Date.now() + ROLE_SECONDS * 1_000 - RENEW_BEFORE_MS;
      const role = this.#assume();
      this.#role = role;
      role.catch(() => {
        if (this.#role === role) this.#role = undefined;
      });
    }
    return this.#role;
  }

  expire(): boolean {
    this.#role = undefined;
    return true;
  }

  async #assume(): Promise<AccessKey> {
    const { role_session_name: sessionName, role_external_id: externalId } = this.settings;
    const answer = await this.call({
      product: PRODUCTS.sts,
      action: 'AssumeRole',
      parameters: {
        RoleArn: this.arn,
        RoleSessionName: sessionName ?? SESSION_NAME,
        DurationSeconds: ROLE_SECONDS,
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      },
    });
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
