import { ApiError } from '../api-error.js';

/** Who is meant to have called, for the log. */
export interface ClaimedIdentity {
  accessKey?: string;
  credential?: string;
}

/** A caller is not who they say, or says nothing. */
export class AuthenticationError extends ApiError {
  /**
   * @param shown what the client is told, in the words of Huawei's gateway
   * @param reason what the log is told, where that is more. Neither holds a secret
   */
  constructor(
    shown: string,
    readonly reason: string = shown,
    readonly claimed: ClaimedIdentity = {},
  ) {
    super('unauthenticated', `Incorrect IAM authentication information: ${shown}`);
  }
}
