import { busy, type ErrorMeaning } from '../error-meaning.js';
import { NEW_TEMPORARY_KEYS } from '../new-temporary-keys.js';
import { quoted } from '../quoted.js';
import type { HuaweiErrorFacts } from './huawei-error.js';

type Meaning = ErrorMeaning<HuaweiErrorFacts>;

/** An access key is locked for five minutes after five signatures that did not fit. */
const KEY_LOCK_MS = 5 * 60_000;

const refusedKey: Meaning = {
  kind: 'credentials',
  message: ({ host, hasTemporaryKey, detail }) =>
    hasTemporaryKey === true
      ? `${host} refuses the temporary access key${quoted(detail)}: it has ended, its parts do not belong together, or ` +
        `Muster's clock is more than 15 minutes off. ${NEW_TEMPORARY_KEYS}`
      : `${host} refuses the access key${quoted(detail)}. Check the account's ak and sk, that the key is enabled and ` +
        `this cloud's, and that Muster's clock is right: more than 15 minutes of difference are refused, too. ` +
        `A temporary key's sk is secret:token.`,
};

/** What the gateway in front of all services says of keys and of load. Source: "API Gateway error codes". */
export const GATEWAY_MEANINGS: Readonly<Record<string, Meaning>> = {
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
  'HTTP 503 Retry-After': {
    kind: 'throttled',
    message: ({ host }) => `${host} is overloaded and says when to come again.`,
  },
  'APIGW.0201': busy('could not pass our call on'),
  UND_ERR_RES_EXCEEDED_MAX_SIZE: {
    kind: 'bug',
    message: ({ host, operation }) =>
      `${host} sent more than we accept in answer to ${operation ?? 'a call'}.`,
  },
  REDIRECTED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} sends us elsewhere${quoted(detail)}. Put the final address into the account's endpoints.`,
  },
};
