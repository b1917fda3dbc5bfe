import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it is sent. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty for one that begins a trace. */
  parentSpanId: string;
  name: string;
  /** By their number in OTLP. */
  kind: number;
  /** What of it failed, if it did; else undefined. */
  errorType: string | undefined;
  attributes: Record<string, unknown>;
  /** The process's name. */
  service: string;
}

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}

interface SentSpan extends Pick<ReceivedSpan, 'traceId' | 'spanId' | 'name' | 'kind'> {
  parentSpanId?: string;
  attributes: KeyValue[];
  status: { code?: number };
}

interface Sent {
  resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: SentSpan[] }[] }[];
}

const STATUS_ERROR = 2;

/** What takes spans by OTLP over HTTP, in place of a collector. */
export class OtlpReceiver {
  /** All that was sent as JSON. */
  readonly spans: ReceivedSpan[] = [];
  /** All that was sent, as it was: requests' paths, headers and bodies. */
  readonly received: string[] = [];
  /** Set to have it take what is sent, and never answer. */
  isHanging = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {
    server.on('request', (request, response) => {
      void this.read(request).then(() => {
        if (!this.isHanging) response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OtlpReceiver(server, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  }

  /** Spans of a trace. */
  traceOf(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async read(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('latin1');
    this.received.push(`${request.url ?? ''} ${JSON.stringify(request.headers)} ${body}`);
    if (request.headers['content-type'] !== 'application/json') return;
    for (const { resource, scopeSpans } of (JSON.parse(body) as Sent).resourceSpans) {
      const service = String(toRecord(resource.attributes)['service.name']);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map((span) => toSpan(span, service))));
    }
  }
}

function toSpan(
  { traceId, spanId, parentSpanId, name, kind, ...sent }: SentSpan,
  service: string,
): ReceivedSpan {
  const attributes = toRecord(sent.attributes);
  const errorType = sent.status.code === STATUS_ERROR ? String(attributes['error.type']) : undefined;
  return { traceId, spanId, parentSpanId: parentSpanId ?? '', name, kind, attributes, errorType, service };
}

function toRecord(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
