import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { Failure } from './injected-faults.js';
import { dispatch } from './soap/dispatch.js';
import type { ServerState } from './soap/method-context.js';
import type { MethodCall } from './soap/parse-request.js';
import { parseRequest } from './soap/parse-request.js';
import { SessionLimitReached } from './soap/service-methods.js';
import type { Session } from './soap/session.js';
import { VimFault } from './soap/vim-fault.js';
import { envelope } from './soap/vim-xml.js';
import type { TlsCertificate } from './tls-certificate.js';

const SDK_PATH = '/sdk';
const ALTERNATIVE_SDK_PATH = '/sdk/vimService';
const VERSIONS_PATH = '/sdk/vimServiceVersions.xml';
const SESSION_COOKIE = 'vmware_soap_session';
const XML = 'text/xml; charset=utf-8';

/** The largest request taken, in bytes; 250 explicit objects are about 30 kB. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
/** Answers are sent in pieces of about this many characters, so that none has to fit into one string. */
const CHUNK_LENGTH = 64 * 1024;

export interface HttpServerOptions {
  host: string;
  port: number;
  certificate: TlsCertificate | undefined;
  /** How long every answer is held back, in milliseconds. */
  latencyMs: number;
  /** Told one line for each call. */
  log: ((line: string) => void) | undefined;
  /** Told of every call before it is answered, by its method. */
  onCall: (method: string) => void;
}

/** An answer before it is sent. */
interface Answer {
  status: number;
  headers: Record<string, string>;
  parts: Iterable<string>;
}

/** Serves a simulated vCenter over HTTP or HTTPS. */
export class VsphereHttpServer {
  private readonly server: Server;

  constructor(
    private readonly state: ServerState,
    private readonly options: HttpServerOptions,
  ) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const gone = new AbortController();
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
  }

  /** Listens, and tells the port. */
  async listen(): Promise<number> {
    this.server.listen(this.options.port, this.options.host);
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** Answers a request; rejects when the signal says that there is no one to answer any more. */
  private async serve(
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const body = await readBody(request);
    if (pathname === VERSIONS_PATH) return send(response, this.versions(), signal);
    if (pathname !== SDK_PATH && pathname !== ALTERNATIVE_SDK_PATH)
      return send(response, plain(404, 'Not found'), signal);
    if (request.method !== 'POST') return send(response, plain(405, ''), signal);
    if (body === undefined) return send(response, plain(413, 'Request too large'), signal);
    const call = parse(body);
    const name = call instanceof VimFault ? '(unreadable)' : call.method;
    this.options.onCall(name);
    const failure = this.state.faults.take(name);
    await this.hold(failure, signal);
    const answer = failingAnswer(failure) ?? this.answer(call, request);
    this.options.log?.(`${name} ${answer.status}`);
    if (failure?.kind === 'cut' || failure?.kind === 'malformed')
      return sendHalf(response, answer, failure.kind);
    await send(response, answer, signal);
  }

  private async hold(failure: Failure | undefined, signal: AbortSignal): Promise<void> {
    const ms = this.options.latencyMs + (failure?.kind === 'delay' ? failure.delayMs : 0);
    if (ms > 0) await delay(ms, undefined, { signal });
  }

  private answer(call: MethodCall | VimFault, request: IncomingMessage): Answer {
    const headers: Record<string, string> = { 'Content-Type': XML };
    try {
      if (call instanceof VimFault) throw call;
      const key = sessionKey(request.headers.cookie);
      const parts = dispatch(this.state, {
        request: call,
        session: key === undefined ? undefined : this.state.sessions.use(key),
        userAgent: request.headers['user-agent'] ?? '',
        setSession: (session) => {
          headers['Set-Cookie'] = this.cookie(session);
        },
      });
      return { status: 200, headers, parts: envelope(parts) };
    } catch (error) {
      if (error instanceof VimFault) return faultAnswer(error);
      if (error instanceof SessionLimitReached) return unavailable();
      throw error;
    }
  }

  private cookie({ key }: Session): string {
    if (this.state.dialect === 'vcsim') return `${SESSION_COOKIE}=${key}; HttpOnly`;
    return `${SESSION_COOKIE}="${key}"; Path=/; HttpOnly${this.options.certificate ? '; Secure' : ''}`;
  }

  private versions(): Answer {
    const { apiVersion } = this.state.inventory.about;
    const prior = ['7.0.3.0', '7.0', '6.7.3', '6.7', '6.5', '6.0'].filter(
      (version) => version !== apiVersion,
    );
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?>\n<namespaces version="1.0">\n <namespace>\n' +
      `  <name>urn:vim25</name>\n  <version>${apiVersion}</version>\n  <priorVersions>\n` +
      prior.map((version) => `   <version>${version}</version>\n`).join('') +
      '  </priorVersions>\n </namespace>\n</namespaces>\n';
    return { status: 200, headers: { 'Content-Type': XML }, parts: [xml] };
  }
}

/** The body as text; `undefined` when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return length > MAX_REQUEST_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

function parse(body: string): MethodCall | VimFault {
  try {
    return parseRequest(body);
  } catch (error) {
    if (error instanceof VimFault) return error;
    throw error;
  }
}

function sessionKey(cookies: string | undefined): string | undefined {
  for (const cookie of cookies?.split(';') ?? []) {
    const [name, value] = cookie.trim().split('=', 2);
    if (name === SESSION_COOKIE && value !== undefined) return value.replaceAll('"', '');
  }
  return undefined;
}

const plain = (status: number, text: string): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain' },
  parts: [text],
});

const faultAnswer = (fault: VimFault): Answer => ({
  status: 500,
  headers: { 'Content-Type': XML },
  parts: envelope([fault.toSoap()]),
});

/** What vCenter's reverse proxy says while vpxd doesn't answer. */
const unavailable = (): Answer =>
  plain(503, '503 Service Unavailable (Failed to connect to endpoint: [vpxd-webserver-pipe])');

function failingAnswer(failure: Failure | undefined): Answer | undefined {
  if (failure?.kind === 'fault') return faultAnswer(new VimFault(failure.fault, '', 'Injected by the test.'));
  if (failure?.kind !== 'status') return undefined;
  const answer = failure.status === 503 ? unavailable() : plain(failure.status, `${failure.status}`);
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
