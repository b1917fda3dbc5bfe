import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { Answer } from './answer.js';
import { plainText } from './answer.js';
import type { HttpFailure } from './planned-failures.js';
import type { TlsCertificate } from './tls-certificate.js';

/** The largest request taken, in bytes; 250 explicit objects of vSphere's are about 30 kB. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
/** Answers are sent in pieces of about this many characters, so that none has to fit into one string. */
const CHUNK_LENGTH = 64 * 1024;
/**
 * How long a connection may be idle, in milliseconds: clouds bear a minute. Node's own five seconds are so few that a
 * busy client often sends its next request into the close.
 */
const KEEP_ALIVE_MS = 65_000;

/** A request, with its whole body. */
export interface SimulatedRequest {
  method: string;
  /** As it was sent, with the host that the client named. */
  url: URL;
  /** The path and query before any decoding, which is what signatures are made of. */
  target: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** What a request calls. */
export interface SimulatedCall {
  /** For the log, counters and planned failures: `DescribeInstances`. */
  name: string;
  answer: () => Answer | Promise<Answer>;
}

/** What a simulated server serves, over HTTP or HTTPS. */
export interface SimulatedService {
  /** Finds out what a request calls. An answer, where it calls nothing: that is no call, and is never failed. */
  read: (request: SimulatedRequest) => SimulatedCall | Answer;
  /** How the next call of the name fails; asked for once per call. */
  takeFailure: (call: string) => HttpFailure | undefined;
  /** Whether answers say when they were made, in `Date`. Default: true. */
  tellsTime?: boolean;
}

export interface SimulatorServerOptions {
  host: string;
  /** 0: a free one. */
  port: number;
  certificate: TlsCertificate | undefined;
  /** How long every answer is held back, in milliseconds. */
  latencyMs: number;
  /** Told one line for each call; never anything secret. */
  log: ((line: string) => void) | undefined;
}

/** Serves a simulated cloud. */
export class SimulatorServer {
  /** Calls by name, failed ones included. */
  readonly requests: Record<string, number> = {};
  private readonly server: Server;

  constructor(
    private readonly service: SimulatedService,
    private readonly options: SimulatorServerOptions,
  ) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const gone = new AbortController();
      response.sendDate = this.service.tellsTime ?? true;
      response.once('close', () => gone.abort());
      this.serve(request, response, gone.signal).catch((error: unknown) => {
        // When the connection is closed, by either side, nobody is left to tell. Anything else is a bug here.
        if (!gone.signal.aborted) this.options.log?.(`failed: ${String(error)}`);
        response.destroy();
      });
    };
    const { certificate } = options;
    this.server = certificate
      ? createSecureServer({ key: certificate.keyPem, cert: certificate.certificatePem }, listener)
      : createServer(listener);
    this.server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  /** Listens, and tells its address: `https://127.0.0.1:8989`. */
  async listen(): Promise<string> {
    const { host, certificate } = this.options;
    this.server.listen(this.options.port, host);
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return `${certificate ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** Answers a request; rejects when the signal says that there is no one to answer any more. */
  private async serve(
    message: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const request = await readRequest(message);
    if (request === undefined) return send(response, plainText(413, 'Request too large'), signal);
    const call = this.service.read(request);
    if (!('answer' in call)) return send(response, call, signal);
    this.requests[call.name] = (this.requests[call.name] ?? 0) + 1;
    const failure = this.service.takeFailure(call.name);
    await this.hold(failure, signal);
    const answer = failingAnswer(failure) ?? (await call.answer());
    this.options.log?.(`${call.name} ${answer.status}`);
    if (failure?.kind === 'cut' || failure?.kind === 'malformed')
      return sendHalf(response, answer, failure.kind);
    await send(response, answer, signal);
  }

  private async hold(failure: HttpFailure | undefined, signal: AbortSignal): Promise<void> {
    const ms = this.options.latencyMs + (failure?.kind === 'delay' ? failure.delayMs : 0);
    if (ms > 0) await delay(ms, undefined, { signal });
  }
}

/** `undefined` when its body is too large. */
async function readRequest(message: IncomingMessage): Promise<SimulatedRequest | undefined> {
  const { method = 'GET', url: target = '/', headers } = message;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  if (length > MAX_REQUEST_BYTES) return undefined;
  // Put together, as a target of `//x` would be taken for a host.
  const url = new URL(`http://${headers.host ?? 'localhost'}${target}`);
  return { method, url, target, headers, body: Buffer.concat(chunks) };
}

function failingAnswer(failure: HttpFailure | undefined): Answer | undefined {
  if (failure?.kind === 'answer') return failure.answer;
  if (failure?.kind !== 'status') return undefined;
  const answer = plainText(failure.status, String(failure.status));
  return { ...answer, headers: { ...answer.headers, ...failure.headers } };
}

/** Sends an answer at the client's pace. Short ones go in one piece, with their length. */
async function send(
  response: ServerResponse,
  { status, headers, parts }: Answer,
  signal: AbortSignal,
): Promise<void> {
  let chunk = '';
  for (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK_LENGTH) continue;
    if (!response.headersSent) response.writeHead(status, headers);
    signal.throwIfAborted(); // a write to a closed response would be an error that nothing catches
    if (!response.write(chunk)) await once(response, 'drain', { signal });
    chunk = '';
  }
  signal.throwIfAborted();
  if (!response.headersSent) {
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(chunk).toString() });
  }
  response.end(chunk);
}

/** Sends the first half: as if it were all of it, or before it drops the connection. */
async function sendHalf(
  response: ServerResponse,
  { status, headers, parts }: Answer,
  kind: 'cut' | 'malformed',
): Promise<void> {
  const whole = Buffer.from([...parts].join(''));
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  const length = kind === 'cut' ? whole.length : half.length;
  response.writeHead(status, { ...headers, 'Content-Length': length.toString() });
  if (kind === 'malformed') {
    response.end(half);
    return;
  }
  await new Promise<void>((resolve) => response.write(half, () => resolve()));
  response.destroy();
}
