import type { FastifyRequest } from 'fastify';

/** Where the client reached us, as it sees it: a TLS proxy in front says so in X-Forwarded-Proto. */
export function originOf({ headers, protocol, host }: FastifyRequest): string {
  const [forwarded = ''] = String(headers['x-forwarded-proto'] ?? '').split(',', 1);
  return `${['http', 'https'].includes(forwarded) ? forwarded : protocol}://${host}`;
}
