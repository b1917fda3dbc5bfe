import { X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import type { VendorAgent } from '#vendor-kit';

const unzip = promisify(gunzip);

/** What is sent. */
export interface HttpRequest {
  url: URL;
  method: string;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** What came back, whatever its status. */
export interface HttpAnswer {
  status: number;
  /** Names in lower case; what came several times is joined by commas. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

/**
 * Requests on connections of the vendor network, which go nowhere Muster may not and know no proxy of the host's
 * environment. It follows no redirects and retries nothing. Errors are undici's.
 */
export class HttpClient {
  constructor(
    private readonly agent: VendorAgent,
    /** Bounds an answer when it is unzipped; the agent's own `maxResponseSize` bounds it on the wire. */
    private readonly maxAnswerBytes: number,
  ) {}

  async send({ url, method, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
    const response = await this.agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      // Zipped answers are a tenth as long.
      headers: { ...headers, 'accept-encoding': 'gzip' },
      body: body ?? null,
      ...(signal === undefined ? {} : { signal }),
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    const isZipped = response.headers['content-encoding'] === 'gzip';
    const text = isZipped ? await unzip(bytes, { maxOutputLength: this.maxAnswerBytes }) : bytes;
    return {
      status: response.statusCode,
      headers: flattened(response.headers),
      text: text.toString('utf8'),
    };
  }
}

function flattened(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** Whether a text is a certificate, or several: Node's TLS passes over what isn't one in silence. */
export function isCertificatePem(pem: string): boolean {
  try {
    return new X509Certificate(pem).fingerprint256 !== '';
  } catch {
    return false;
  }
}
