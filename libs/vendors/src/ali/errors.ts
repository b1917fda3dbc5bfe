import { SyncError } from '#domain';

import { connectionMeanings, type ErrorMeaning, meantError, unreachable } from '../shared/error-meaning.js';
import { NEW_TEMPORARY_KEYS } from '../shared/new-temporary-keys.js';
import { quoted } from '../shared/quoted.js';
import { AliError, type AliErrorFacts } from './ali-error.js';

type Meaning = ErrorMeaning<AliErrorFacts>;

const wrongKey: Meaning = {
  kind: 'credentials',
  message: ({ host, hasTemporaryKey, detail }) =>
    hasTemporaryKey === true
      ? `${host} does not accept the temporary AccessKey${quoted(detail)}: it has ended, or its parts do not belong ` +
        `together. ${NEW_TEMPORARY_KEYS}`
      : `${host} does not accept the AccessKey${quoted(detail)}. Check "ak" and "sk", and in RAM that the key is enabled.`,
};

const wrongToken: Meaning = {
  kind: 'credentials',
  message: ({ host, hasTemporaryKey }) =>
    hasTemporaryKey === true
      ? `${host} does not accept the security token: it is another key's, or not whole. ${NEW_TEMPORARY_KEYS}`
      : `${host} does not accept the temporary key of the role in "role_arn". Check the role in RAM, and try again.`,
};

const missingToken: Meaning = {
  kind: 'credentials',
  message: ({ host }) =>
    `${host} wants the security token of the AccessKey, which is a temporary one. ${NEW_TEMPORARY_KEYS}`,
};

const endedToken: Meaning = {
  kind: 'credentials',
  message: (facts) =>
    facts.hasTemporaryKey === true
      ? `${facts.host} says that the temporary AccessKey has ended. ${NEW_TEMPORARY_KEYS}`
      : wrongToken.message(facts),
};

const wrongClock: Meaning = {
  kind: 'credentials',
  message: ({ host }) =>
    `${host} finds the time of our call more than 15 minutes off. Set the clock of Muster's machine (NTP).`,
};

const forbidden: Meaning = {
  kind: 'permission',
  message: ({ host, call, action, detail }) =>
    `${host} refuses ${call}: the RAM user or role lacks the action ` + `${action}${quoted(detail)}.`,
};

const blocked: Meaning = {
  kind: 'credentials',
  message: ({ host, detail }) =>
    `${host} has restricted the account${quoted(detail)}. See its messages in the console: money owed, risk control or a missing verification.`,
};

const notThere: Meaning = {
  kind: 'absent',
  message: ({ host, call, region }) =>
    `${call} is not offered ${region === undefined ? `at ${host}` : `in ${region}`}.`,
};

/** An answer, rather than a failure: a bucket without tags, or one that is gone. */
const nothingSuch: Meaning = {
  kind: 'absent',
  message: ({ host, call, detail }) => `${host} has nothing to answer ${call} with${quoted(detail)}.`,
};

const tooFast: Meaning = {
  kind: 'throttled',
  message: ({ host, call }) => `${host} asks us to slow down (${call}).`,
};

const busy = (what: string): Meaning => ({
  kind: 'unavailable',
  message: ({ host, call, detail }) => `${host} ${what} (${call})${quoted(detail)}. It will be tried again.`,
});

const expiredPlace: Meaning = {
  kind: 'unavailable',
  cursorExpired: true,
  message: ({ host, call }) => `${host} doesn't know any more where ${call} was to go on.`,
};

const noDirectory: Meaning = {
  kind: 'credentials',
  message: () =>
    'The account has no resource directory, or does not manage it, and so has no members to list. Leave out ' +
    '"directory_role", or use the key of the management account.',
};

const NAME_ADVICE = 'Check "endpoint", if the account has one, and the DNS that Muster uses.';
const PORT_ADVICE = 'Check "endpoint", if the account has one, and that no firewall is in between.';

const unexpected = busy('answers with an internal error');

/**
 * vendor code → kind and message. Codes: Alibaba Cloud's "Common errors" and the error pages of the products. One
 * that ends in `*` is for all that begin so; the longest wins.
 */
export const ALI_ERRORS: Readonly<Record<string, Meaning>> = {
  'InvalidAccessKeyId*': wrongKey,
  'Forbidden.AccessKey*': wrongKey,
  NoEnabledAccessKey: wrongKey,
  SignatureDoesNotMatch: wrongKey,
  IncompleteSignature: wrongKey,
  InvalidAccessKeySecret: wrongKey,
  WRONG_ACCOUNT: {
    kind: 'credentials',
    message: ({ detail }) =>
      `The key belongs to another account than "account_id" says${quoted(detail)}. Correct one of the two.`,
  },
  'InvalidSecurityToken*': wrongToken,
  'InvalidSecurityToken.Expired': endedToken,
  SecurityTokenExpired: endedToken,
  MissingSecurityToken: missingToken,
  'AssumeRole NoPermission': {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} does not let the key assume the role in "role_arn"${quoted(detail)}. The RAM user needs ` +
      `sts:AssumeRole (AliyunSTSAssumeRoleAccess), and the role's trust policy must name it and, if it asks for ` +
      `one, the external id in "role_external_id". A key of the account's root user can assume no role.`,
  },
  'EntityNotExist.Role': {
    kind: 'credentials',
    message: ({ host }) => `${host} knows no role as in "role_arn". Check the account's number and the name.`,
  },
  'EntityNotExists.ResourceDirectory': noDirectory,
  'EntityNotExist.ResourceDirectory': noDirectory,
  ResourceDirectoryNotInUse: noDirectory,
  MEMBER_ROLE_REFUSED: {
    kind: 'permission', // which fails the member's own units only
    message: ({ host, detail }) =>
      `${host} does not let us assume the role "directory_role" in this member of the resource directory` +
      `${quoted(detail)}. Make the role there, and name the account that Muster signs in to in its trust policy.`,
  },
  MEMBER_RESTRICTED: {
    kind: 'permission',
    message: ({ host, detail }) =>
      `${host} has restricted this member of the resource directory${quoted(detail)}. See the messages in its console.`,
  },
  MEMBER_INACTIVE: {
    kind: 'absent',
    message: () =>
      'The account is no active member of the resource directory, and was skipped. What was listed there before ' +
      'is kept.',
  },
  NOT_LISTED: {
    kind: 'absent',
    message: ({ detail }) =>
      `The account's settings don't have Muster list the account${quoted(detail)} any more. It was skipped; what ` +
      `was listed there before is kept.`,
  },
  SESSION_REFUSED: busy('refuses the session of a role in a member of the resource directory'),
  'InvalidTimeStamp*': wrongClock,
  IllegalTimestamp: wrongClock,
  RequestTimeTooSkewed: wrongClock,

  'Forbidden.RAM': forbidden,
  Forbidden: forbidden,
  Forbbiden: forbidden,
  'NoPermission*': forbidden,
  'Forbidden.NoPermission*': forbidden,
  ActionUnauthorized: forbidden,
  UnauthorizedOperation: forbidden,
  ErrorRamCheckFailed: forbidden,
  AccessDenied: forbidden,

  'Forbidden.RiskControl': blocked,
  'Forbidden.UserVerification': blocked,
  InsufficientBalance: blocked,

  NO_ENDPOINT: notThere,
  'InvalidRegionId*': notThere,
  RegionUnauthorized: notThere,
  'InvalidApi.NotFound': notThere,
  InvalidAction: notThere,
  InvalidVersion: notThere,
  'UnsupportedOperation.Region': notThere,
  UserNotInTheWhiteList: notThere,
  NoSuchTagSet: nothingSuch,
  NoSuchBucket: nothingSuch,
  INDEX_OFF: {
    kind: 'absent',
    message: () =>
      'Resource Center is not enabled for the account, so what Muster does not list by itself is not listed. ' +
      'Enable it in the console (Resource Management > Resource Center); it costs nothing.',
  },
  INDEX_BUILDING: {
    kind: 'absent',
    message: () => 'Resource Center is still taking in what the account has. Sync again later.',
  },

  'Throttling*': tooFast,
  TooManyRequests: tooFast,
  QpsLimitExceeded: tooFast,
  'HTTP 429': tooFast,

  'InvalidDBInstanceId.NotFound': busy('has deleted something while it was being listed'),
  'InvalidDBInstanceName.NotFound': busy('has deleted something while it was being listed'),
  SignatureNonceUsed: busy('has seen our call before'),
  'ServiceUnavailable*': busy('is not available'),
  'InternalError*': unexpected,
  InternalServerError: unexpected,
  NodeControllerUnavailable: unexpected,
  UnknownError: unexpected,
  'HTTP 500': unexpected,
  'HTTP 502': busy('answers HTTP 502: the service is not up behind its proxy'),
  'HTTP 503': busy('answers HTTP 503: it is not available'),
  'HTTP 504': busy('answers HTTP 504: the service took too long behind its proxy'),
  MALFORMED_ANSWER: busy('sent an answer that broke off or is not JSON'),
  TIMEOUT: busy('did not answer in time'),

  ...connectionMeanings({ name: NAME_ADVICE, port: PORT_ADVICE }),
  'UND_ERR_*': unreachable('No connection, or none that lasted', 'It will be tried again.'),
  EPROTO: unreachable('No TLS as we speak it', PORT_ADVICE),
  'CERT_*': unreachable('The certificate is not trusted', PORT_ADVICE),
  ERR_TLS_CERT_ALTNAME_INVALID: unreachable('The certificate is made out to another name', PORT_ADVICE),
  'DEPTH_ZERO_*': unreachable('The certificate is not trusted', PORT_ADVICE),
  'SELF_SIGNED_*': unreachable('The certificate is not trusted', PORT_ADVICE),
  'UNABLE_TO_*': unreachable('The certificate is not trusted', PORT_ADVICE),
};

/** What a failure of this vendor means; `undefined` for what isn't Alibaba Cloud's doing. */
export function classifyAliError(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof AliError)) return undefined;
  const { code, facts } = error;
  const { message, ...meaning } = meaningOf(code, facts);
  return meantError<AliErrorFacts>(error, {
    ...meaning,
    message: (known) => message(known) + support(known),
  });
}

const PREFIXES = Object.keys(ALI_ERRORS)
  .filter((code) => code.endsWith('*'))
  .map((code) => code.slice(0, -1))
  .sort((one, other) => other.length - one.length);

function meaningOf(code: string, { call, detail = '' }: AliErrorFacts): Meaning {
  // The products have as many codes for it as there are products.
  if (/^(Invalid|Illegal)/.test(code) && /next.?token/i.test(`${code} ${detail}`)) return expiredPlace;
  const action = call.replace(/^\S+ /, '');
  for (const name of [`${action} ${code}`, code]) {
    if (Object.hasOwn(ALI_ERRORS, name)) return ALI_ERRORS[name] ?? unknown(code);
  }
  const prefix = PREFIXES.find((candidate) => code.startsWith(candidate));
  return (prefix === undefined ? undefined : ALI_ERRORS[`${prefix}*`]) ?? unknown(code);
}

const unknown = (code: string): Meaning => ({
  kind: 'bug',
  message: ({ host, call, detail }) => `${host} answered ${call} with ${code}${quoted(detail)}.`,
});

/** What the vendor's support asks for. */
function support({ requestId }: AliErrorFacts): string {
  return requestId === undefined ? '' : ` RequestId: ${requestId}.`;
}
