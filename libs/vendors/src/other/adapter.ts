import {
  defineVendor,
  type DocumentSource,
  type VendorAccess,
  type VendorAdapter,
  type VendorAgent,
} from '#vendor-kit';

import { httpAgent } from '../shared/http/http-agent.js';
import { HttpClient, isCertificatePem } from '../shared/http/http-client.js';
import { OtherConnection } from './connection.js';
import { classifyOtherError } from './errors.js';
import { FileConnection } from './file/file-connection.js';
import { isFileDocument } from './file/file-document.js';
import { OtherError } from './other-error.js';
import { readPage } from './paging/stream-pages.js';
import { PushConnection } from './push/push-connection.js';
import { isPushDocument } from './push/push-document.js';
import { apiOf, QUOTAS } from './quotas.js';
import { ApiClient } from './requests/api-client.js';
import { authenticationOf } from './requests/authentication.js';
import type { OtherSettings } from './settings.js';
import { type Stream, streamsOf } from './stream.js';
import { type OtherSource, TABLES } from './tables.js';

/** A small cloud's API is easily overrun. An account may choose fewer (`max_concurrent_units`). */
const UNITS_AT_ONCE = 4;

/** The largest answer that is read, on the wire and unzipped. Two of them a unit are in memory. */
const MAX_ANSWER_BYTES = 16 * 1_048_576;

/** The adapter of any cloud that a connector describes. */
export const adapter: VendorAdapter = defineVendor<OtherSettings, OtherSource>({
  vendor: 'OTHER',
  unitsAtOnce: UNITS_AT_ONCE,
  quotas: QUOTAS,

  async connect(access, signal) {
    signal.throwIfAborted();
    const { connector } = access.settings;
    if (isPushDocument(connector)) return new PushConnection();
    if (isFileDocument(connector)) return new FileConnection(connector, documentsOf(access));
    const agent = agentFor(access);
    try {
      const http = new HttpClient(agent, MAX_ANSWER_BYTES);
      const { ak, sk, gate } = access;
      const authentication = authenticationOf(connector, { ak, sk, http, gate });
      const client = new ApiClient({ http, gate, api: apiOf(connector), authentication });
      const streams = streamsOf(connector);
      await signIn(client, streams, signal);
      return new OtherConnection(client, streams, agent, new URL(connector.base_url).host);
    } catch (error) {
      await agent.destroy();
      throw error;
    }
  },

  disconnect: async (connection) => {
    await connection.close();
  },

  /** Each stream is one, and each type of a file: what is complete is complete for that. */
  scopes: (connection) => Promise.resolve(connection.scopes),

  preview: (connection, signal) => connection.preview(signal),

  tables: TABLES,

  classify: classifyOtherError,
});

/**
 * Shows the credentials by asking for the first stream's first page. What is wrong with that stream alone is told
 * when it is listed: the others may be good.
 */
async function signIn(client: ApiClient, [first]: readonly Stream[], signal: AbortSignal): Promise<void> {
  if (first === undefined) return;
  try {
    await readPage(first, client, { start: first.pager.first, seen: 0, signal });
  } catch (error) {
    const meaning = classifyOtherError(error);
    const isOfStream = ['permission', 'absent', 'bug'].includes(meaning?.kind ?? '');
    if (!(error instanceof OtherError) || !isOfStream) throw error;
  }
}

function documentsOf({ documents }: VendorAccess<OtherSettings>): DocumentSource {
  if (documents === undefined) throw new OtherError('NO_DOCUMENT', { host: '' });
  return documents;
}

function agentFor({ network, settings: { tls_ca_pem: caPem } }: VendorAccess<OtherSettings>): VendorAgent {
  if (caPem !== undefined && !isCertificatePem(caPem)) throw new OtherError('TLS_CA_INVALID', { host: '' });
  return httpAgent(network, { caPem, connections: UNITS_AT_ONCE, maxAnswerBytes: MAX_ANSWER_BYTES });
}
