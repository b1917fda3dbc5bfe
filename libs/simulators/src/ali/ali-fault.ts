import { type Answer, jsonAnswer } from '../http/answer.js';

/** An error as Alibaba Cloud's APIs answer it. */
export class AliFault extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Further fields of the body, and headers. */
    readonly more: { body?: object; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
  }

  toAnswer(requestId: string, host: string): Answer {
    const { code, message } = this;
    const body = { RequestId: requestId, HostId: host, Code: code, Message: message, ...this.more.body };
    return jsonAnswer(this.status, body, this.more.headers);
  }
}

/** What RAM says when a policy lacks an action. */
export function notAllowed(action: string): AliFault {
  return new AliFault(403, 'Forbidden.RAM', 'User not authorized to operate on the specified resource.', {
    body: {
      Recommend: 'https://api.alibabacloud.com/troubleshoot?q=Forbidden.RAM',
      AccessDeniedDetail: {
        AuthAction: action,
        AuthPrincipalType: 'SubUser',
        AuthPrincipalDisplayName: '2000000000000000',
        PolicyType: 'AccountLevelIdentityBasedPolicy',
        NoPermissionType: 'ImplicitDeny',
      },
    },
  });
}
