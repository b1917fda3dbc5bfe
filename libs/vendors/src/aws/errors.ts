import { SyncError, type SyncErrorKind } from '#domain';

import { NEW_TEMPORARY_KEYS } from '../shared/new-temporary-keys.js';
import { quoted } from '../shared/quoted.js';
import { AwsError, type AwsErrorFacts } from './aws-error.js';

interface Meaning {
  kind: SyncErrorKind;
  /** What happened and what to do, for the user. */
  message: (facts: AwsErrorFacts) => string;
  cursorExpired?: boolean;
}

const where = ({ service, region }: AwsErrorFacts) => `AWS (${service} in ${region})`;

function meanings(codes: string, meaning: Meaning): Record<string, Meaning> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, meaning]));
}

const CHECK_KEY =
  'Check the access key id and the secret access key of this account, and that the key is active in IAM.';

const CHECK_HOST =
  "Have Muster's operator give the worker an identity that works (AWS_* variables, a profile, a web identity, its " +
  "container's or its instance's role); or leave the setting out, and give the account a key of its own.";
/** By who signed: what AWS doesn't know, and what to do. */
const UNKNOWN_KEY = {
  own: `the key. ${CHECK_KEY}`,
  temporary:
    `the temporary key with this session token: it has ended long ago, or the token is another key's. ` +
    NEW_TEMPORARY_KEYS,
  host: `the key of Muster's machine, with which the account signs in by "host_identity". ${CHECK_HOST}`,
};

/**
 * AWS's code → kind and message. Which service says which code: "Common errors" of each API reference, and
 * docs/vendors/aws.md.
 */
const AWS_ERRORS: Readonly<Record<string, Meaning>> = {
  ...meanings(
    'AuthFailure InvalidClientTokenId UnrecognizedClientException InvalidAccessKeyId MissingAuthenticationToken ' +
      'MissingAuthenticationTokenException NotSignedUp InvalidToken',
    {
      kind: 'credentials',
      message: (facts) => `${where(facts)} doesn't know ${UNKNOWN_KEY[facts.signer ?? 'own']}`,
    },
  ),
  ...meanings('SignatureDoesNotMatch InvalidSignatureException IncompleteSignature', {
    kind: 'credentials',
    message: (facts) =>
      `${where(facts)} refused the signature: the secret doesn't belong to the key. ` +
      (facts.signer === 'host' ? CHECK_HOST : CHECK_KEY),
  }),
  ...meanings('ExpiredToken ExpiredTokenException TokenRefreshRequired', {
    kind: 'credentials',
    message: (facts) =>
      facts.signer === 'temporary'
        ? `${where(facts)} says that the temporary key has ended. ${NEW_TEMPORARY_KEYS}`
        : `${where(facts)} says that the role's session has ended. Sync again, and see that Muster's clock is right.`,
  }),
  CredentialsProviderError: {
    kind: 'credentials',
    message: () =>
      `Muster's worker finds no AWS identity of the machine that it runs on, or can't use it ` +
      `("host_identity"). ${CHECK_HOST}`,
  },
  ROLE_REFUSED: {
    kind: 'credentials',
    message: ({ detail, externalId }) =>
      externalId === undefined
        ? `AWS doesn't let the key assume the role${quoted(detail)}. Allow the key sts:AssumeRole on it, and name the ` +
          `key's user (and the external id, if any) in the role's trust policy; check "role_arn" and "role_external_id".`
        : `AWS doesn't let Muster's machine assume the role${quoted(detail)}. Name the machine's identity and the ` +
          `external id ${externalId} in the role's trust policy, have Muster's operator allow that identity ` +
          `sts:AssumeRole on it, and check "role_arn".`,
  },
  AWSOrganizationsNotInUseException: {
    kind: 'credentials',
    message: () =>
      `The account is in no organization, and so has no members to list. Leave out "organization_role".`,
  },
  MEMBER_ROLE_REFUSED: {
    kind: 'permission', // which fails the member's own units only
    message: ({ detail, externalId }) =>
      `AWS doesn't let us assume the role "organization_role" in this member of the organization${quoted(detail)}. ` +
      `Make the role there, and name the account that Muster signs in to in its trust policy` +
      `${externalId === undefined ? '' : `, and the external id ${externalId}`}.`,
  },
  WRONG_ACCOUNT: {
    kind: 'credentials',
    message: ({ detail }) =>
      `The key belongs to another AWS account${quoted(detail)} than account_id says. Nothing was listed, ` +
      `or that account's resources would replace this one's.`,
  },
  ...meanings(
    'UnauthorizedOperation AccessDenied AccessDeniedException AuthorizationError AuthorizationErrorException ' +
      'Client.UnauthorizedOperation AllAccessDisabled UnauthorizedException',
    {
      kind: 'permission',
      message: (facts) => {
        const permission = missingPermission(facts.detail);
        return permission === undefined
          ? `${where(facts)} refused ${facts.operation}${quoted(facts.detail)}.`
          : `${where(facts)} refused ${facts.operation}: the key lacks the permission ${permission}` +
              `${isDeniedOutright(facts.detail) ? ', which a policy denies outright' : ''}. Allow it in its policy.`;
      },
    },
  ),
  ...meanings(
    'OptInRequired SubscriptionRequiredException Blocked PendingVerification RegionDisabledException ' +
      'REGION_DISABLED UnknownOperationException',
    {
      kind: 'absent',
      message: (facts) =>
        `${where(facts)} is not enabled for this account, or not offered there${quoted(facts.detail)}. ` +
        `It was skipped; what was listed there before is kept.`,
    },
  ),
  SESSION_REFUSED: {
    kind: 'unavailable',
    message: (facts) =>
      `${where(facts)} refused the session of a role in a member account. It will be tried again with a new one.`,
  },
  ACCOUNT_SUSPENDED: {
    kind: 'absent',
    message: () =>
      'The account is suspended or closed, and was skipped. What was listed there before is kept.',
  },
  NOT_LISTED: {
    kind: 'absent',
    message: ({ detail }) =>
      `The account's settings don't have Muster list the AWS account${quoted(detail)} any more. It was skipped; ` +
      `what was listed there before is kept.`,
  },
  // Answers, rather than failures: a bucket without tags, or one that is gone.
  ...meanings('NoSuchTagSet NoSuchBucket', {
    kind: 'absent',
    message: (facts) =>
      `${where(facts)} has nothing to answer ${facts.operation} with${quoted(facts.detail)}.`,
  }),
  ...meanings('NO_INDEX INDEX_BUILDING NO_VIEW VIEW_FILTERED', {
    kind: 'absent',
    message: ({ region, detail }) =>
      `Resource Explorer has no whole list in ${region}${quoted(detail)}: that takes an index, finished for 36 ` +
      `hours, and a default view without filter. It was skipped; what was listed there before is kept.`,
  }),
  ...meanings(
    'BandwidthLimitExceeded EC2ThrottledException LimitExceededException PriorRequestNotComplete ' +
      'ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled RequestThrottledException ' +
      'SlowDown ThrottledException Throttling ThrottlingException TooManyRequestsException Throttled',
    { kind: 'throttled', message: (facts) => `${where(facts)} asks us to slow down.` },
  ),
  ...meanings(
    'InternalError InternalFailure InternalServerError ServiceException ServerException ServiceUnavailable ' +
      'ServiceUnavailableException ServiceFailure Unavailable ServerInternal TimeoutError RequestTimeout ' +
      'RequestTimeoutException MALFORMED_ANSWER',
    {
      kind: 'unavailable',
      message: (facts) =>
        `${where(facts)} has trouble with ${facts.operation}${quoted(facts.detail)}. It will be tried again.`,
    },
  ),
  ...meanings(
    'AccessPointNotFoundException LoadBalancerNotFound LoadBalancerNotFoundException TargetGroupNotFound ' +
      'TargetGroupNotFoundException ResourceNotFoundException',
    {
      kind: 'unavailable',
      message: (facts) =>
        `${where(facts)} has deleted something while it was being listed (${facts.operation}). It will be tried again.`,
    },
  ),
  ...meanings('ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN', {
    kind: 'unavailable',
    message: (facts) =>
      `${where(facts)} could not be reached${quoted(facts.detail)}. Check Muster's way to it, and "endpoint" if it is set.`,
  }),
  ...meanings(
    'CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT_LOCALLY ' +
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE ERR_TLS_CERT_ALTNAME_INVALID',
    {
      kind: 'credentials',
      message: (facts) =>
        `The certificate of ${where(facts)} is not trusted${quoted(facts.detail)}. Give the CA that signed it in "tls_ca_pem".`,
    },
  ),
  ...meanings('RequestTimeTooSkewed RequestInTheFuture RequestExpired', {
    kind: 'unavailable', // the SDK has learned the difference from the answer, and will add it from now on
    message: (facts) =>
      `${where(facts)} says that this machine's clock is wrong${quoted(facts.detail)}. Set it right.`,
  }),
  ...meanings(
    'CURSOR_REFUSED InvalidPaginationToken InvalidNextToken InvalidNextTokenException PaginationTokenExpiredException',
    {
      kind: 'unavailable',
      cursorExpired: true,
      message: (facts) => `${where(facts)} no longer knows our place in the listing of ${facts.operation}.`,
    },
  ),
};

/** By status, where no code of the table says more. */
function byStatus({ httpStatus = 0 }: AwsErrorFacts): Meaning | undefined {
  if (httpStatus === 429) return AWS_ERRORS['Throttling'];
  return httpStatus >= 500 ? AWS_ERRORS['ServiceUnavailable'] : undefined;
}

/** What a failure of this vendor means; `undefined` for what isn't AWS's doing. */
export function classifyAwsError(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof AwsError)) return undefined;
  // A connection that Muster may not make fails inside of the SDK.
  if (error.cause instanceof SyncError) return error.cause;
  const { code, facts } = error;
  const meaning = (Object.hasOwn(AWS_ERRORS, code) ? AWS_ERRORS[code] : undefined) ?? byStatus(facts);
  const details = {
    vendorCode: code,
    cause: error,
    ...(facts.retryAfterMs === undefined ? {} : { retryAfterMs: facts.retryAfterMs }),
  };
  if (meaning === undefined) {
    const message = `${where(facts)} answered ${facts.operation} with ${code}${quoted(facts.detail)}.`;
    return new SyncError('bug', message, details);
  }
  const { kind, cursorExpired = false } = meaning;
  return new SyncError(kind, meaning.message(facts), { ...details, cursorExpired });
}

/** The permission that AWS names: `… is not authorized to perform: ec2:DescribeVolumes because …`. */
function missingPermission(detail = ''): string | undefined {
  return /not authorized to perform:? ([a-z0-9-]+:\w+)/i.exec(detail)?.[1];
}

function isDeniedOutright(detail = ''): boolean {
  return detail.includes('explicit deny');
}
