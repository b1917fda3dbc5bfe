import { SyncError } from '#domain';

import {
  connectionMeanings,
  type ErrorMeaning,
  meantError,
  SERVER_MEANINGS,
  tlsMeanings,
} from '../shared/error-meaning.js';
import { quoted } from '../shared/quoted.js';
import { TemplateError, type TemplateErrorFacts } from './template-error.js';

type Meaning = ErrorMeaning<TemplateErrorFacts>;

const ADVICE = {
  name: 'Check the host name in "endpoint" and the DNS that Muster uses.',
  port: 'Check host and port in "endpoint", and that no firewall is in between.',
};

/** code → kind and message. Name the source of each code. */
const TEMPLATE_ERRORS: Readonly<Record<string, Meaning>> = {
  invalid_credentials: {
    kind: 'credentials',
    message: ({ host }) =>
      `${host} refused the access key. Check "ak" and "sk", and that the key is enabled.`,
  },
  forbidden: {
    kind: 'permission',
    message: ({ host, operation, detail }) =>
      `${host} refuses ${operation ?? 'a call'}${quoted(detail)}. Give the access key's user the right to read it.`,
  },
  rate_limited: { kind: 'throttled', message: ({ host }) => `${host} asks us to slow down.` },
  unknown_marker: {
    kind: 'unavailable',
    message: ({ host }) => `${host} doesn't know our place in the listing any more. It begins anew.`,
    cursorExpired: true,
  },
  REDIRECTED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} sends us elsewhere${quoted(detail)}. Put the final address into "endpoint".`,
  },
  ...SERVER_MEANINGS,
  ...tlsMeanings('"endpoint" names', 'tls_ca_pem'),
  ...connectionMeanings(ADVICE),
};

/** What a failure of this vendor means; `undefined` for what isn't its doing. */
export function classifyTemplateError(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof TemplateError)) return undefined;
  return meantError(error, TEMPLATE_ERRORS[error.code] ?? unknown(error.code));
}

function unknown(code: string): Meaning {
  return {
    kind: 'bug',
    message: ({ host, operation, detail }) =>
      `${host} answered ${operation ?? 'a call'} with ${code}${quoted(detail)}.`,
  };
}
