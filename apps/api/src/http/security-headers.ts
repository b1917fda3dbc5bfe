import { createHash } from 'node:crypto';

import type { FastifyInstance } from 'fastify';

const POLICY = 'Content-Security-Policy';

/**
 * What every answer says to a browser: keep nothing, run nothing, show it in no frame, take it for no other type,
 * give it to no other site. The list is that of OWASP's REST Security Cheat Sheet and Helmet, without HSTS: that
 * is for who speaks TLS, the proxy in front. Not @fastify/helmet, as its hook sees neither a path that is no URL
 * nor what is no HTTP, whose answers would need the list all the same.
 */
export const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  [POLICY]: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

const INLINE_SCRIPT = /<script>([^]*?)<\/script>/g;

/** Sends {@link SECURITY_HEADERS} with every answer; a route may set its own. */
export function sendSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    const isPage = String(reply.getHeader('Content-Type')).startsWith('text/html');
    if (isPage && typeof payload === 'string') reply.header(POLICY, policyOfPage(payload));
    done(null, payload);
  });
}

/**
 * What a page of ours may do: run the scripts that it is made of, load from here, call the API. It must hold
 * nothing of others, since whatever script it holds is allowed.
 */
export function policyOfPage(html: string): string {
  const scripts = [...html.matchAll(INLINE_SCRIPT)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    ["script-src 'self'", ...scripts].join(' '),
    "style-src 'self' 'unsafe-inline'", // Swagger UI sets style attributes
    "img-src 'self' data:", // its icons
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
