import { defaultProvider } from '@aws-sdk/credential-provider-node';

import type { AwsKey } from './aws-clients.js';
import { AwsError, type AwsErrorFacts, toAwsError } from './aws-error.js';
import { classifyAwsError } from './errors.js';

const NEVER = new AbortController().signal;
/** What mends itself. */
const PASSING = ['unavailable', 'throttled'];

/**
 * The keys of the machine that Muster runs on, as the SDK's default chain finds them: `AWS_*` variables, SSO, the
 * shared files, a process, a web identity (EKS), a container's role (ECS, EKS), an instance's role. Those that end are
 * found anew five minutes before. The chain calls by itself where the operator's environment says, not by the
 * account's network: so it may only be asked for an account that has leave to be this machine.
 *
 * @param region of the home, for messages
 */
export function hostKeys(region: string): () => Promise<AwsKey> {
  const find = defaultProvider({ ignoreCache: true }); // files may have changed since another connection read them
  return async () => {
    try {
      return await find();
    } catch (error) {
      throw toHostError(error, { service: 'sts', region, operation: 'AssumeRole', signer: 'host' });
    }
  };
}

/** What the chain says of itself is for no tenant: it names files, commands and addresses of the operator's. */
function toHostError(error: unknown, facts: AwsErrorFacts): unknown {
  const known = toAwsError(error, facts, NEVER);
  const kind = classifyAwsError(known)?.kind ?? 'bug';
  return PASSING.includes(kind) ? known : new AwsError('CredentialsProviderError', facts, { cause: error });
}
