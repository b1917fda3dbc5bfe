import type { SyncError } from '#domain';

import {
  busy,
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
  ...GATEWAY_MEANINGS,
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
  ...SERVER_MEANINGS,

  ...tlsMeanings('"endpoint", "iam_endpoint" and "ecs_endpoint" name', 'tls_ca_pem'),
  ...connectionMeanings({
    name: 'Check "site" and the endpoints, if they are set, and the DNS that Muster uses.',
    port: 'Check that Muster may reach it, and that no firewall is in between.',
  }),
};

/** What a failure of this vendor means; `undefined` for what isn't Huawei Cloud's doing. */
export function classifyRmsError(error: unknown): SyncError | undefined {
  return classifyHuaweiError(error, RMS_ERRORS);
}
