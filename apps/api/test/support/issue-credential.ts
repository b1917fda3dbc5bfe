import { CredentialAdministration, type IssuedSecrets, type NewCredential } from '#database';
import { FULL_ACCESS } from '#domain';

import type { TestMuster } from '../../../../test/support/test-muster.js';

export type KeyPair = Omit<Extract<IssuedSecrets, { kind: 'access-key' }>, 'kind'> & {
  securityToken?: string;
};

export interface CredentialOptions extends Partial<Pick<NewCredential, 'name' | 'policy' | 'expiresAt'>> {
  tenant?: string;
}

let made = 0;

/** A new API key; a tenant that is named is made when it isn't there. */
export async function issueApiKey(muster: TestMuster, options: CredentialOptions = {}): Promise<string> {
  const issued = await issue(muster, 'api-key', options);
  if (issued?.kind !== 'api-key') throw new Error('There is such a credential.');
  return issued.apiKey;
}

/** A new key pair. */
export async function issueAccessKey(muster: TestMuster, options: CredentialOptions = {}): Promise<KeyPair> {
  const issued = await issue(muster, 'access-key', options);
  if (issued?.kind !== 'access-key') throw new Error('There is such a credential.');
  return issued;
}

export function administrationOf(muster: TestMuster): CredentialAdministration {
  return muster.api.app.get(CredentialAdministration);
}

/** The tenant's id, by which a caller may name their domain. */
export async function tenantId(muster: TestMuster, tenant = 'default'): Promise<string> {
  return (await administrationOf(muster).ensureTenant(tenant)).id;
}

async function issue(
  muster: TestMuster,
  kind: NewCredential['kind'],
  { tenant, ...options }: CredentialOptions,
): Promise<IssuedSecrets | undefined> {
  made += 1;
  return administrationOf(muster).create({
    name: `credential ${String(made)}`,
    policy: FULL_ACCESS,
    ...options,
    tenantId: await tenantId(muster, tenant),
    kind,
  });
}
