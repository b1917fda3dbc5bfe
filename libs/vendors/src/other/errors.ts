import { SyncError } from '#domain';

import {
  connectionMeanings,
  type ErrorMeaning,
  meantError,
  SERVER_MEANINGS,
  tlsMeanings,
} from '../shared/error-meaning.js';
import { quoted } from '../shared/quoted.js';
import type { ErrorKind } from './document/connector-document.js';
import { OtherError, type OtherErrorFacts } from './other-error.js';

type Meaning = ErrorMeaning<OtherErrorFacts>;

const ADVICE = {
  name: 'Check the host name in "connector.base_url" and the DNS that Muster uses.',
  port: 'Check host and port in "connector.base_url", and that a firewall lets Muster through.',
};

const of = ({ stream }: OtherErrorFacts): string => (stream === undefined ? '' : ` (stream ${stream})`);
const answered = (facts: OtherErrorFacts, what: string): string =>
  `${facts.host} ${what} to ${facts.operation ?? 'a request'}${of(facts)}${quoted(facts.detail)}`;

/** What doesn't go together, cloud and connector, and stays so until one of them is mended. */
const misfit = (describe: (facts: OtherErrorFacts) => string): Meaning => ({
  kind: 'bug',
  message: describe,
});
/** A listing that is known to be incomplete: it begins anew. */
const incomplete = (problem: string): Meaning => ({
  kind: 'unavailable',
  message: (facts) =>
    `The listing of stream ${facts.stream ?? ''} at ${facts.host} ${problem}${quoted(facts.detail)}.`,
  cursorExpired: true,
});

const refused: Meaning = {
  kind: 'credentials',
  message: (facts) =>
    `${answered(facts, 'refuses the credentials (HTTP 401)')}. Check ak, sk and "connector.auth".`,
};

/** What each code means. */
export const OTHER_ERRORS: Readonly<Record<string, Meaning>> = {
  'HTTP 401': refused,
  'HTTP 403': {
    kind: 'permission',
    message: (facts) => `${answered(facts, 'answered HTTP 403')}. Give the account the right to read this.`,
  },
  'HTTP 404': misfit(
    (facts) =>
      `${answered(facts, 'answered HTTP 404')}. Check "connector.base_url" and the stream's request.path.`,
  ),
  'HTTP 429': {
    kind: 'throttled',
    message: ({ host }) => `${host} says that it was asked too often (HTTP 429).`,
  },
  TOKEN_REFUSED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} gives no token${quoted(detail)}. Check ak, sk and "connector.auth".`,
  },
  SECRET_UNUSABLE: {
    kind: 'credentials',
    message: ({ detail }) => `The account's credentials cannot be used: ${detail ?? ''}.`,
  },
  WEB_PAGE: {
    kind: 'credentials',
    message: (facts) =>
      `${answered(facts, 'answered with a web page')}, most likely one to sign in at. Check "connector.auth" and the path.`,
  },
  REDIRECTED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} sends us elsewhere${quoted(detail)}. Put the final address into "connector.base_url".`,
  },
  CURSOR_REFUSED: incomplete('cannot go on where it was'),
  SHIFTED: incomplete('lost records while it was read, which shifts its pages'),
  INCOMPLETE: incomplete('ended before its end'),
  CHANGED: incomplete('goes on with another connector than it began with'),

  NO_DOCUMENT: misfit(
    () =>
      'There is no document to read: upload one with PUT /v1/vendor-account/{id}/document, all of its parts.',
  ),
  DOCUMENT_REPLACED: {
    kind: 'unavailable',
    message: () => 'Another document, or way to read it, came while one was read: the listing begins anew.',
    cursorExpired: true,
  },
  MALFORMED_DOCUMENT: misfit(({ detail }) => `The document cannot be read: ${detail ?? ''}.`),
  BAD_RECORDS: misfit(
    ({ detail }) =>
      `The document has records that cannot be read, so nothing was deleted: ${detail ?? ''}. ` +
      'Mend them and upload it again.',
  ),

  STREAM_GONE: {
    kind: 'absent',
    message: ({ stream }) => `The connector has no stream ${stream ?? ''} any more.`,
  },
  NO_RECORDS: misfit(
    (facts) =>
      `Stream ${facts.stream ?? ''}: "records" finds no list in what ${facts.host} answered to ` +
      `${facts.operation ?? ''}${quoted(facts.detail)}. An answer without its list is never taken for an empty one.`,
  ),
  MAPPING: misfit((facts) => `Stream ${facts.stream ?? ''}: ${facts.detail ?? ''}.`),
  PAGING: misfit((facts) => `Stream ${facts.stream ?? ''}: ${facts.detail ?? ''}.`),
  TOO_LARGE: misfit((facts) => `Stream ${facts.stream ?? ''}: ${facts.detail ?? ''}.`),
  UND_ERR_RES_EXCEEDED_MAX_SIZE: misfit(
    (facts) => `${answered(facts, 'sent more than 16 MiB')}. Ask for smaller pages in the stream's request.`,
  ),
  ERR_BUFFER_TOO_LARGE: misfit(
    (facts) => `${answered(facts, 'sent more than 16 MiB')}. Ask for smaller pages in the stream's request.`,
  ),

  ...SERVER_MEANINGS,
  ...tlsMeanings('"connector.base_url" names', 'tls_ca_pem'),
  ...connectionMeanings(ADVICE),
};

/** What the connector has named. */
function declared(kind: ErrorKind, code: string): Meaning {
  return {
    kind: kind === 'cursor_expired' ? 'unavailable' : kind,
    message: (facts) => `${answered(facts, `answered ${code}`)}.`,
    ...(kind === 'cursor_expired' ? { cursorExpired: true } : {}),
  };
}

/** What neither the table nor the connector knows: trouble at the cloud's side may pass, the rest does not. */
function unknown(code: string, { status = 0 }: OtherErrorFacts): Meaning {
  const passes = status >= 500 || (status >= 200 && status < 300);
  return {
    kind: passes ? 'unavailable' : 'bug',
    message: (facts) =>
      `${answered(facts, `answered ${code}`)}. What it means can be said in "errors.kinds".`,
  };
}

/** What a failure of this vendor means; `undefined` for what isn't the cloud's doing. */
export function classifyOtherError(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof OtherError)) return undefined;
  const { code, facts } = error;
  const byStatus = OTHER_ERRORS[`HTTP ${String(facts.status ?? '')}`];
  const meaning =
    facts.kind === undefined
      ? (OTHER_ERRORS[code] ?? byStatus ?? unknown(code, facts))
      : declared(facts.kind, code);
  return meantError(error, meaning);
}
