import type { SyncError } from '#domain';

import {
  connectionMeanings,
  type ErrorMeaning,
  SERVER_MEANINGS,
  tlsMeanings,
} from '../shared/error-meaning.js';
import { classifyHuaweiError } from '../shared/huawei-api/classify-huawei-error.js';
import { GATEWAY_MEANINGS } from '../shared/huawei-api/gateway-meanings.js';
import type { HuaweiErrorFacts } from '../shared/huawei-api/huawei-error.js';
import { quoted } from '../shared/quoted.js';

type Meaning = ErrorMeaning<HuaweiErrorFacts>;

/** No Huawei Cloud Stack says when to come again; its other clients wait so long. */
const PAUSE_MS = 15_000;

const NAME_ADVICE = 'Check "cloud_domain", "home_region" and the endpoints, and the DNS that Muster uses.';

const forbidden: Meaning = {
  kind: 'permission',
  message: ({ action, operation, detail }) => {
    const lacking =
      action === undefined ? `may not call ${operation ?? 'this'}` : `lacks the permission ${action}`;
    return (
      `The access key's user ${lacking}${quoted(detail)}. Give it a role with the permission in the project ` +
      `(resource space).`
    );
  },
};

const notThere: Meaning = {
  kind: 'absent',
  message: ({ host, operation }) =>
    `${host} does not offer ${operation ?? 'this'}: it is not listed, and what was known of it stays. If the cloud ` +
    `has the service, put its address into "endpoints".`,
};

const notNorthbound: Meaning = {
  kind: 'credentials',
  message: ({ host }) =>
    `What answers at ${host} is not ManageOne's northbound interface, but may be the page at which people sign in. Put ` +
    `the right address, often https://oc.<region>.<domain>:26335, into "endpoints" as "oc".`,
};

/** code → kind and message. HTTP 429 is "too many" whatever its code is. */
export const HCS_ERRORS: Readonly<Record<string, Meaning>> = {
  ...GATEWAY_MEANINGS,
  NO_PROJECT: {
    kind: 'credentials',
    message: ({ host }) =>
      `${host} knows no project (resource space) that the access key may see. Give its user a role in one.`,
  },
  WRONG_ENDPOINT: {
    kind: 'credentials',
    message: ({ host, operation }) =>
      `What answers at ${host} does not offer ${operation ?? 'this'}. Check "cloud_domain", "home_region" and ` +
      `"endpoints"; where IAM is not published, name the projects in "projects".`,
  },
  'APIGW.0302': forbidden,
  'APIGW.0306': forbidden,
  'HTTP 403': forbidden,
  'APIGW.0101': notThere,
  'HTTP 404': notThere,
  SERVICE_HOST_NOT_FOUND: {
    kind: 'absent',
    message: ({ host, operation }) =>
      `There is no host ${host}, so ${operation ?? 'this'} is not read, and what was known of it stays. If the cloud ` +
      `has the service, put its address into "endpoints", or its name into the DNS that Muster uses.`,
  },
  SIGN_IN_REFUSED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} refuses ManageOne's user or password${quoted(detail)}. Check the account's ak and sk, and that the user ` +
      `is one for machines, which need not change its password. It is not tried again: that would lock the user.`,
  },
  USER_LOCKED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} has locked ManageOne's user${quoted(detail)}. Find out who signs in with a wrong password, and have it ` +
      `unlocked.`,
  },
  LOGIN_PAGE: notNorthbound,
  NOT_MANAGEONE: notNorthbound,
  NOT_ALLOWED: {
    kind: 'permission',
    message: ({ host, operation }) =>
      `${host} accepts the user, but not for ${operation ?? 'this'}. Give it the right to read resources (CMDB and ` +
      `tenants' resources) in ManageOne.`,
  },
  CLASS_UNKNOWN: {
    kind: 'absent',
    message: ({ host, operation }) =>
      `${host} does not have ${operation ?? 'this'}: it is not listed, and what was known of it stays.`,
  },
  OWNER_UNKNOWN: {
    kind: 'absent',
    message: ({ host, detail }) =>
      `${host} does not say of which project its rows are${quoted(detail)}, so those of named projects cannot be told, ` +
      `and what was known of them stays. Leave "projects" out, and all are listed.`,
  },
  ORDER_CHANGED: {
    kind: 'unavailable',
    message: ({ host }) =>
      `${host} put its list into another order while it was read, so something may have been passed over. It begins ` +
      `anew.`,
    cursorExpired: true,
  },
  PAGE_SIZE_CHANGED: {
    kind: 'bug',
    message: ({ host, operation, detail }) =>
      `${host} gives another number of rows of ${operation ?? 'a list'} than it was asked for${quoted(detail)}.`,
  },
  MARKER_REFUSED: {
    kind: 'unavailable',
    message: ({ host, detail }) =>
      `${host} doesn't know our place in the listing any more${quoted(detail)}. It begins anew.`,
    cursorExpired: true,
  },
  'APIGW.0308': {
    kind: 'throttled',
    message: ({ host, detail }) => `${host} asks us to slow down${quoted(detail)}.`,
    retryAfterMs: PAUSE_MS,
  },
  ...SERVER_MEANINGS,
  ...tlsMeanings('"endpoint" and "endpoints" name', 'tls_ca_pem'),
  ...connectionMeanings({
    name: NAME_ADVICE,
    port: 'Check that Muster may reach it, and that no firewall is in between.',
  }),
};

/** What a failure of this vendor means; `undefined` for what isn't Huawei Cloud Stack's doing. */
export function classifyHcsError(error: unknown): SyncError | undefined {
  return classifyHuaweiError(error, HCS_ERRORS);
}
