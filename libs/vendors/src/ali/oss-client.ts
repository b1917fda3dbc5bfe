import type { JsonObject } from '#domain';
import type { VendorAgent, VendorNetwork } from '#vendor-kit';

import { XmlError } from '../shared/xml/xml-reader.js';
import { AliError, type AliErrorFacts } from './ali-error.js';
import { readOssDocument } from './oss-document.js';
import { ossRequest } from './oss-request.js';
import type { AccessKey } from './pop-core.js';

const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 60_000;
/** A thousand buckets are some 500 kB. */
const MAX_ANSWER_BYTES = 16 * 1_048_576;
/** In lists of buckets, and of a bucket's tags. */
const LISTS = ['Bucket', 'Tag'];

interface OssError {
  Error?: { Code?: string; Message?: string; RequestId?: string };
}

/** A call of OSS, which is neither in the RPC nor in the ROA style. */
export interface OssCall {
  /** Of the service, or of a bucket, without a slash at its end. */
  url: string;
  region: string;
  bucket: string | undefined;
  query: Readonly<Record<string, string | number>>;
  facts: AliErrorFacts;
}

/** Reads what OSS says of its buckets, not what is in them. */
export class OssClient {
  readonly #agent: VendorAgent;

  constructor(network: VendorNetwork) {
    this.#agent = network.agent({
      connect: { timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
  }

  /** @throws {AliError} for what OSS refuses; what a connection ends with as it is */
  async get(
    { url, region, bucket, query, facts }: OssCall,
    key: AccessKey,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const { origin, pathname } = new URL(url);
    const signed = ossRequest({ region, bucket, query, key, at: new Date() });
    const answer = await this.#agent.request({
      origin,
      path: `${pathname.replace(/\/$/, '')}/?${signed.query}`,
      method: 'GET',
      headers: signed.headers,
      signal,
    });
    const body = await answer.body.text();
    const document = documentIn(body, facts);
    if (answer.statusCode < 400 && document !== undefined) return document;
    const { Error: error } = (document ?? {}) as OssError;
    throw new AliError(error?.Code ?? `HTTP ${String(answer.statusCode)}`, {
      ...facts,
      // OSS repeats what was signed.
      detail: /Signature|Token/.test(error?.Code ?? '') ? undefined : error?.Message,
      requestId: error?.RequestId,
    });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function documentIn(body: string, facts: AliErrorFacts): JsonObject | undefined {
  if (!body.trimStart().startsWith('<')) return undefined;
  try {
    return readOssDocument(body, LISTS);
  } catch (error) {
    if (error instanceof XmlError) throw new AliError('MALFORMED_ANSWER', facts);
    throw error;
  }
}
