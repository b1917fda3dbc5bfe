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
import { AzureError, type AzureErrorFacts } from './azure-error.js';

type Meaning = ErrorMeaning<AzureErrorFacts>;

const TOO_MANY_REQUESTS = 429;

const refusedSignIn = (problem: string, advice: string): Meaning => ({
  kind: 'credentials',
  message: ({ host, detail }) => `${host} gives no token: ${problem}${quoted(detail)}. ${advice}`,
});

/** For the many codes of Microsoft Entra ID that have no advice of their own: revoked, locked, blocked… */
const otherSignIn = refusedSignIn(
  'it refuses the application',
  'Look the code up at https://login.microsoftonline.com/error, and see the sign-in logs of the application.',
);
const signInBusy = busy('(Microsoft Entra ID) is briefly unavailable');

const refusedToken: Meaning = {
  kind: 'credentials',
  message: ({ host, detail }) =>
    `${host} refuses the token that the application was just given${quoted(detail)}. Check "tenant_id" (the ` +
    `subscriptions' own tenant), "cloud" and "endpoint", and that the application has not been disabled.`,
};

const forbidden: Meaning = {
  kind: 'permission',
  message: ({ action, subject, operation, detail }) => {
    const lacking =
      action === undefined ? `may not read ${operation ?? 'this'}` : `lacks the action ${action}`;
    const where = subject === undefined ? '' : ` on subscription ${subject}`;
    return (
      `The application ${lacking}${where}${quoted(action === undefined ? detail : undefined)}. Give it the role ` +
      `"Reader" on the subscription or on a management group above it.`
    );
  },
};

const invisible: Meaning = {
  kind: 'permission',
  message: ({ subject }) =>
    `The application sees no subscription${named(subject)}. Give it the role "Reader" there, and check that it is ` +
    `in the tenant of "tenant_id" and has not been deleted.`,
};

const disabled: Meaning = {
  kind: 'absent',
  message: ({ subject }) =>
    `The subscription${named(subject)} is disabled, so it is not listed: what was known of it stays. Enable it in ` +
    `Azure, or name those to list in "subscriptions".`,
};

const misunderstood: Meaning = {
  kind: 'bug',
  message: ({ host, operation, detail }) =>
    `${host} doesn't understand our call of ${operation ?? 'it'}${quoted(detail)}. Please report it.`,
};

const CONNECTION_ADVICE = {
  name: 'Check "endpoint" and "authority", if they are set, and the DNS that Muster uses.',
  port: 'Check that Muster may reach it, and that no firewall is in between.',
};

/**
 * code → kind and message. HTTP 429 is "too many" whatever its code is: Compute's is `OperationNotAllowed`.
 * Sources: "Microsoft Entra authentication and authorization error codes", "Common Azure deployment errors",
 * "Guidance for throttled requests in Azure Resource Graph"; docs/vendors/azure.md.
 */
export const AZURE_ERRORS: Readonly<Record<string, Meaning>> = {
  AADSTS7000215: refusedSignIn(
    'the client secret is wrong',
    "The account's sk must be the secret's value, not its id.",
  ),
  AADSTS7000222: refusedSignIn('the client secret has expired', 'Make a new one and set it as the sk.'),
  AADSTS700016: refusedSignIn(
    'there is no such application in the tenant',
    'Check the ak (the application\'s id) and "tenant_id".',
  ),
  AADSTS90002: refusedSignIn('there is no such tenant', 'Check "tenant_id" and "cloud".'),
  AADSTS900023: refusedSignIn('the tenant is neither an id nor a domain', 'Check "tenant_id".'),
  AADSTS7000112: refusedSignIn('the application is disabled', 'Enable it in Microsoft Entra ID.'),
  AADSTS700027: refusedSignIn(
    'the certificate is not one of the application, or has expired',
    'Upload the one in "client_certificate_pem" to the application.',
  ),
  AADSTS700024: refusedSignIn(
    'the assertion of the certificate is not valid at this time',
    "Check Muster's clock.",
  ),
  AADSTS500011: refusedSignIn(
    'the tenant knows no Azure Resource Manager of this cloud',
    'Check "cloud" and "tenant_id".',
  ),
  AADSTS53003: refusedSignIn(
    'a Conditional Access policy blocks the application',
    "Let the policy allow the application from Muster's address.",
  ),
  AADSTS90033: signInBusy,
  AADSTS90055: {
    kind: 'throttled',
    message: ({ host }) => `${host} gets too many sign-ins of the application.`,
  },
  NOT_ENTRA: {
    kind: 'credentials',
    message: ({ host }) =>
      `What answers at ${host} is not Microsoft Entra ID. Check "authority" and "cloud".`,
  },
  CLIENT_CERTIFICATE_UNREADABLE: {
    kind: 'credentials',
    message: () =>
      `The key in "client_certificate_pem" cannot be read. The account's sk must be its passphrase, and the ` +
      `certificate in front of it whole.`,
  },

  InvalidAuthenticationToken: refusedToken,
  InvalidAuthenticationTokenTenant: refusedToken,
  ExpiredAuthenticationToken: refusedToken,
  AuthenticationFailed: refusedToken,
  'HTTP 401': refusedToken,

  AuthorizationFailed: forbidden,
  LinkedAuthorizationFailed: forbidden,
  AccessDenied: forbidden,
  Forbidden: forbidden,
  'HTTP 403': forbidden,
  RequestDisallowedByPolicy: forbidden,
  MISSING_ACTION: forbidden,
  SubscriptionNotFound: invisible,
  NoValidSubscriptionsInQueryRequest: invisible,
  InvalidSubscriptionId: invisible,
  NO_SUBSCRIPTION: {
    kind: 'credentials',
    message: () =>
      `The application may sign in, but sees no subscription. Give it the role "Reader" on the subscriptions, or on ` +
      `a management group above them; it takes some minutes to be known everywhere.`,
  },
  ManagementGroupNotFound: {
    kind: 'credentials',
    message: ({ subject }) =>
      `The application sees no management group${named(subject)}. Check "management_group" (its id, not its name) ` +
      `and give the application the role "Reader" there.`,
  },
  SUBSCRIPTION_DISABLED: disabled,
  DisabledSubscription: disabled,
  ReadOnlyDisabledSubscription: disabled,
  MissingSubscriptionRegistration: {
    kind: 'absent',
    message: ({ detail }) => `The subscription does not use this service${quoted(detail)}.`,
  },
  // An answer, rather than a failure: a storage account of files only has no containers.
  FeatureNotSupportedForAccount: {
    kind: 'absent',
    message: ({ detail }) => `The storage account does not have this service${quoted(detail)}.`,
  },
  NoRegisteredProviderFound: misunderstood,
  InvalidApiVersionParameter: misunderstood,
  InvalidResourceType: misunderstood,
  InvalidQuery: misunderstood,
  BadRequest: misunderstood,

  LISTING_MOVED: {
    kind: 'unavailable',
    message: () => 'Something was deleted while this was listed, so it is listed anew.',
    cursorExpired: true,
  },
  TRUNCATED: busy('cut a listing off'),
  SUBSCRIPTION_LIMIT: {
    kind: 'permission',
    message: ({ host }) =>
      `${host} looks into 10,000 subscriptions at most, and the application sees more. Name those to list in ` +
      `"subscriptions" or "management_group", in several accounts.`,
  },

  TooManyRequests: {
    kind: 'throttled',
    message: ({ host, operation }) =>
      `${host} asks us to slow down${operation === undefined ? '' : ` (${operation})`}.`,
  },
  'HTTP 503 Retry-After': {
    kind: 'throttled',
    message: ({ host }) => `${host} is overloaded and says when to come again.`,
  },
  InternalServerError: busy('reports an internal error'),
  ServerTimeout: busy('took too long'),
  ServiceUnavailable: busy('is briefly unavailable'),
  GatewayTimeout: busy('took too long behind its gateway'),
  FOREIGN_LINK: {
    kind: 'bug',
    message: ({ host, detail }) =>
      `${host} continues its listing at another host${quoted(detail)}, which we tell no token. Please report it.`,
  },
  REDIRECTED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} sends us elsewhere${quoted(detail)}. Put the final address into "endpoint" or "authority".`,
  },
  UND_ERR_RES_EXCEEDED_MAX_SIZE: {
    kind: 'bug',
    message: ({ host, operation }) =>
      `${host} sent more than we accept in answer to ${operation ?? 'a call'}.`,
  },

  ...SERVER_MEANINGS,
  ...tlsMeanings('"endpoint" and "authority" name', 'tls_ca_pem'),
  ...connectionMeanings(CONNECTION_ADVICE),
};

/** By the status, where none of an answer's codes is in the table. */
const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'HTTP 401',
  403: 'HTTP 403',
  408: 'HTTP 408',
  500: 'HTTP 500',
  502: 'HTTP 502',
  503: 'HTTP 503',
  504: 'HTTP 504',
};

/** What a failure of this vendor means; `undefined` for what isn't Azure's doing. */
export function classifyAzureError(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof AzureError)) return undefined;
  return meantError(error, meaningOf(error) ?? unknown(error.code));
}

function unknown(code: string): Meaning {
  return {
    kind: 'bug',
    message: ({ host, operation, detail }) =>
      `${host} answered ${operation === undefined ? 'a call' : `a call of ${operation}`} with ${code}${quoted(detail)}.`,
  };
}

function meaningOf({ code, facts }: AzureError): Meaning | undefined {
  const { status, codes = [code], retryAfterMs } = facts;
  if (status === TOO_MANY_REQUESTS) return AZURE_ERRORS['TooManyRequests'];
  if (status === 503 && retryAfterMs !== undefined) return AZURE_ERRORS['HTTP 503 Retry-After'];
  const known = [code, ...codes].find((candidate) => candidate in AZURE_ERRORS);
  if (known === undefined && code.startsWith('AADSTS'))
    return (status ?? 0) >= 500 ? signInBusy : otherSignIn;
  return AZURE_ERRORS[known ?? BY_STATUS[status ?? 0] ?? ''];
}

function named(subject: string | undefined): string {
  return subject === undefined ? '' : ` ${subject}`;
}
