import { SyncError } from '#domain';
import type { VendorAgent } from '#vendor-kit';

/** How a message was not taken. */
export interface DeliveryFailure {
  /** For the webhook's owner; never with the URL, whose query may hold a secret. */
  failure: string;
  retryAfterMs?: number;
}

/** How long a receiver may take to answer, in milliseconds. */
export const ANSWER_MS = 10_000;
/** Of an answer nobody reads; a longer one is cut off. */
const MAX_ANSWER_BYTES = 65_536;

/** Sends a message. Undefined when it was taken: the answer is a 2xx. Redirects are not followed. */
export async function postMessage(
  agent: VendorAgent,
  url: URL,
  { headers, body }: { headers: Record<string, string>; body: string },
  signal: AbortSignal,
): Promise<DeliveryFailure | undefined> {
  try {
    const answer = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    await answer.body.dump({ limit: MAX_ANSWER_BYTES });
    const { statusCode } = answer;
    if (statusCode >= 200 && statusCode < 300) return undefined;
    const seconds = Number(answer.headers['retry-after']);
    return {
      failure: `The receiver answered with status ${String(statusCode)}.`,
      ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}),
    };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: describeFailure(error) };
  }
}

function describeFailure(error: unknown): string {
  if (error instanceof SyncError) return error.message; // where Muster may not call
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return `The receiver did not answer within ${String(ANSWER_MS / 1_000)} s.`;
  return `The receiver could not be reached${code === undefined ? '' : ` (${code})`}.`;
}
