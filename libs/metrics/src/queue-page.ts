import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { BoardListener, QueueBoard } from '#queue';

/** Where operators find it on their port. */
export const QUEUES_PATH = '/queues';

/** The page brings its own scripts and styles; that it would like fonts of Google's is no harm. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** What is in the queues, for who knows the operators' password: the jobs are of all tenants. */
export class QueuePage {
  private board: Promise<BoardListener> | undefined;

  constructor(
    private readonly queues: Pick<QueueBoard, 'open'>,
    private readonly password: string,
  ) {}

  /** Whether a path is of this page. */
  static has(path: string): boolean {
    return path === QUEUES_PATH || path.startsWith(`${QUEUES_PATH}/`);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (!this.isPassword(readPassword(request.headers.authorization))) {
      response.writeHead(401, {
        'Content-Type': 'text/plain; charset=utf-8',
        'WWW-Authenticate': 'Basic realm="Muster queues", charset="UTF-8"',
      });
      response.end('The password is QUEUE_DASHBOARD_PASSWORD, with any user name.\n');
      return;
    }
    const listener = await this.openBoard();
    listener(request, response);
  }

  /** Once, unless that fails. */
  private async openBoard(): Promise<BoardListener> {
    this.board ??= this.queues.open(QUEUES_PATH);
    try {
      return await this.board;
    } catch (error) {
      this.board = undefined;
      throw error;
    }
  }

  /** Takes as long for any text. */
  private isPassword(given: string | undefined): boolean {
    return given !== undefined && timingSafeEqual(digestOf(given), digestOf(this.password));
  }
}

/** The password of HTTP's basic authentication (RFC 7617); the user name has no meaning. */
function readPassword(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  return password;
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();
