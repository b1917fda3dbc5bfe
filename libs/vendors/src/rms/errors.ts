import { SyncError } from '#domain';

import {
  busy,
  connectionMeanings,
  type ErrorMeaning,
  meantError,
  SERVER_MEANINGS,
  tlsMeanings,
} from '../shared/error-meaning.js';
import { quoted } from '../shared/quoted.js';
import { RmsError, type RmsErrorFacts } from './rms-error.js';

type Meaning = ErrorMeaning<RmsErrorFacts>;

const TOO_MANY_REQUESTS = 429;
/** An access key is locked for five minutes after five signatures that did not fit. */
const KEY_LOCK_MS = 5 * 60_000;

const refusedKey: Meaning = {
  kind: 'credentials',
  message: ({ host, detail }) =>
    `${host} refuses the access key${quoted(detail)}. Check the account's ak and sk, that the key is enabled, ` +
    `"site", and that Muster's clock is right: more than 15 minutes of difference are refused, too.`,
};

const forbidden: Meaning = {
  kind: 'permission',
  message: ({ action, operation, detail }) => {
    const lacking =
      action === undefined ? `may not call ${operation ?? 'this'}` : `lacks the permission ${action}`;
    return (
      `The access key's user ${lacking}${quoted(detail)}. Give it the roles "RMS ReadOnlyAccess" and ` +
      `"ECS ReadOnlyAccess", or policies with the permission.`
    );
  },
};

const wrongDomain: Meaning = {
  kind: 'credentials',
  message: ({ subject }) =>
    `The access key does not belong to the account ${subject ?? 'of "domain_id"'}. Check "domain_id" (or the ` +
    `account_id, if it is one) and the ak.`,
};

const notThere: Meaning = {
  kind: 'absent',
  message: ({ host, operation, detail }) =>
    `${host} does not offer ${operation ?? 'this'}${quoted(detail)}: it is not listed, and what was known of it stays.`,
};

const misunderstood: Meaning = {
  kind: 'bug',
  message: ({ host, operation, detail }) =>
    `${host} doesn't understand our call of ${operation ?? 'it'}${quoted(detail)}. Please report it.`,
};

/**
 * code → kind and message. HTTP 429 is "too many" whatever its code is.
 * Sources: "Error Codes" of Config (ErrorCode), of API Gateway (api-sign-0001) and of IAM; docs/vendors/rms.md.
 */
export const RMS_ERRORS: Readonly<Record<string, Meaning>> = {
  'APIGW.0301': refusedKey,
  'APIGW.0303': refusedKey,
  'APIGW.0305': refusedKey,
  'HTTP 401': refusedKey,
  KEY_LOCKED: {
    kind: 'throttled',
    message: ({ host, detail }) =>
      `${host} has locked the access key for some minutes, as signatures with it were wrong too often` +
      `${quoted(detail)}. Check the account's sk, and who else uses the key.`,
    retryAfterMs: KEY_LOCK_MS,
  },
  'RMS.00010007': wrongDomain,
  'RMS.00010008': wrongDomain,
  FOREIGN_DOMAIN: wrongDomain,
  NO_DOMAIN: {
    kind: 'credentials',
    message: ({ host }) =>
      `${host} knows no account that the access key belongs to. Check the ak and "site".`,
  },
  WRONG_ENDPOINT: {
    kind: 'credentials',
    message: ({ host, operation }) =>
      `What answers at ${host} does not offer ${operation ?? 'this'}. Check "site", "endpoint" and "iam_endpoint".`,
  },

  'APIGW.0302': forbidden,
  'APIGW.0306': forbidden,
  'RMS.00010006': forbidden,
  'HTTP 403': forbidden,

  'APIGW.0101': notThere,
  'RMS.00010001': notThere,
  'RMS.00010002': notThere,
  'RMS.00010003': notThere,
  'RMS.00010004': misunderstood,

  MARKER_REFUSED: {
    kind: 'unavailable',
    message: ({ host, detail }) =>
      `${host} doesn't know our place in the listing any more${quoted(detail)}. It begins anew.`,
    cursorExpired: true,
  },
  REPEATED_PAGE: busy('answered with the same page again'),
  TRUNCATED: busy('cut a page of a listing off'),

  'APIGW.0308': {
    kind: 'throttled',
    message: ({ host, operation, detail }) =>
      `${host} asks us to slow down${operation === undefined ? '' : `, at ${operation}`}${quoted(detail)}.`,
  },
  'HTTP 503 Retry-After': {
    kind: 'throttled',
    message: ({ host }) => `${host} is overloaded and says when to come again.`,
  },
  'APIGW.0201': busy('could not pass our call on'),
  ...SERVER_MEANINGS,
  REDIRECTED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} sends us elsewhere${quoted(detail)}. Put the final address into "endpoint", "iam_endpoint" or ` +
      `"ecs_endpoint".`,
  },
  UND_ERR_RES_EXCEEDED_MAX_SIZE: {
    kind: 'bug',
    message: ({ host, operation }) =>
      `${host} sent more than we accept in answer to ${operation ?? 'a call'}.`,
  },

  ...tlsMeanings('"endpoint", "iam_endpoint" and "ecs_endpoint" name', 'tls_ca_pem'),
  ...connectionMeanings({
    name: 'Check "site" and the endpoints, if they are set, and the DNS that Muster uses.',
    port: 'Check that Muster may reach it, and that no firewall is in between.',
  }),
};

/** By the status, where the answer's own code isn't in the table. */
const BY_STATUS: ReadonlySet<number> = new Set([401, 403, 408, 500, 502, 503, 504]);

/** What a failure of this vendor means; `undefined` for what isn't Huawei Cloud's doing. */
export function classifyRmsError(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof RmsError)) return undefined;
  const meaning = meaningOf(error);
  if (meaning !== undefined) return meantError(error, meaning);
  const { code, facts } = error;
  const message = `${facts.host} answered ${facts.operation ?? 'a call'} with ${code}${quoted(facts.detail)}.`;
  return new SyncError('bug', message, { vendorCode: code, cause: error });
}

function meaningOf({ code, facts: { status, retryAfterMs } }: RmsError): Meaning | undefined {
  if (status === TOO_MANY_REQUESTS) return RMS_ERRORS['APIGW.0308'];
  if (status === 503 && retryAfterMs !== undefined) return RMS_ERRORS['HTTP 503 Retry-After'];
  // The older gateway's codes begin with APIG, and mean the same.
  const known = RMS_ERRORS[code.replace(/^APIG\./, 'APIGW.')];
  // "Request error" is what the gateway says of bad requests and of bad servers alike.
  if (code.endsWith('.0201') && status !== undefined && status < 500) return misunderstood;
  return known ?? (BY_STATUS.has(status ?? 0) ? RMS_ERRORS[`HTTP ${String(status)}`] : undefined);
}
