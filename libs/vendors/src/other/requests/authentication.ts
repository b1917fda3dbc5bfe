import type { CallGate } from '#vendor-kit';

import type { HttpClient } from '../../shared/http/http-client.js';
import type { ConnectorDocument } from '../document/connector-document.js';
import { filledIn } from '../document/template.js';
import { OtherError } from '../other-error.js';
import { AccessTokens } from './access-tokens.js';
import type { OutgoingRequest } from './outgoing-request.js';
import { tencentHeaders } from './tencent-signature.js';

/** Lets an account's requests in. */
export interface Authentication {
  /** The headers that let a request in. */
  headersFor(request: OutgoingRequest, signal: AbortSignal): Promise<Record<string, string>>;
  /** Told that a request with these headers was refused: whether it may be let in with new ones. */
  renew(headers: Readonly<Record<string, string>>): boolean;
}

export interface Signatory {
  ak: string;
  sk: string;
  http: HttpClient;
  gate: CallGate;
}

const PRINTABLE = /^[\x20-\x7e\x80-\xff]*$/;

/** How an account's requests are let in, as its connector says. */
export function authenticationOf(
  { auth, base_url: baseUrl }: ConnectorDocument,
  { ak, sk, http, gate }: Signatory,
): Authentication {
  switch (auth.type) {
    case 'none':
      return lasting({});
    case 'basic':
      return lasting({ authorization: `Basic ${Buffer.from(`${ak}:${sk}`).toString('base64')}` });
    case 'bearer':
      return lasting({ authorization: sendable(`Bearer ${sk}`, baseUrl) });
    case 'header':
      return lasting({ [auth.name.toLowerCase()]: sendable(filledIn(auth.value, { ak, sk }), baseUrl) });
    case 'tencent_tc3':
      return {
        headersFor: ({ url, method, headers, body = '' }) => {
          const service = auth.service ?? url.hostname.split('.', 1)[0] ?? '';
          const contentType = headers['content-type'] ?? '';
          const request = { service, url, method, contentType, body };
          return Promise.resolve(tencentHeaders(request, { ak, sk }, new Date()));
        },
        renew: () => false,
      };
    default: {
      const tokens = new AccessTokens({ document: auth, ak, sk, http, gate });
      return {
        headersFor: async (_request, signal) => ({ authorization: `Bearer ${await tokens.get(signal)}` }),
        renew: ({ authorization = '' }) => {
          tokens.forget(authorization.replace(/^Bearer /, ''));
          return true;
        },
      };
    }
  }
}

function lasting(headers: Record<string, string>): Authentication {
  return { headersFor: () => Promise.resolve(headers), renew: () => false };
}

/** What a header cannot hold would be an error of undici's that shows it. */
function sendable(value: string, baseUrl: string): string {
  if (PRINTABLE.test(value)) return value;
  throw new OtherError('SECRET_UNUSABLE', {
    host: new URL(baseUrl).host,
    detail: 'ak or sk holds what no HTTP header can, maybe a line end',
  });
}
