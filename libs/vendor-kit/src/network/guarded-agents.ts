import { Agent as HttpAgent, type AgentOptions as HttpAgentOptions, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions, type RequestOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';

/** Which connections are made, and which aren't. */
export interface ConnectionGuard {
  /** As `dns.lookup`, without the addresses that may not be called. */
  lookup: LookupFunction;
  /** Why no connection may be made to a host that is an address; `undefined` for one that may, and for names. */
  refusalOf(host: string): Error | undefined;
}

type Created = (error: Error | null, stream: Duplex) => void;

/** Node.js' agent over HTTP, with guarded connections. */
export class GuardedHttpAgent extends HttpAgent {
  constructor(
    private readonly guard: ConnectionGuard,
    options: HttpAgentOptions,
  ) {
    super({ ...options, lookup: guard.lookup });
  }

  override createConnection(
    options: ClientRequestArgs,
    created: Created,
  ): ReturnType<HttpAgent['createConnection']> {
    const refusal = this.guard.refusalOf(options.host ?? '');
    if (refusal === undefined) return super.createConnection(options, created);
    refuse(refusal, created);
    return undefined;
  }
}

/** Node.js' agent over TLS, with guarded connections. */
export class GuardedHttpsAgent extends HttpsAgent {
  constructor(
    private readonly guard: ConnectionGuard,
    options: AgentOptions,
  ) {
    super({ ...options, lookup: guard.lookup });
  }

  override createConnection(
    options: RequestOptions,
    created: Created,
  ): ReturnType<HttpsAgent['createConnection']> {
    const refusal = this.guard.refusalOf(options.host ?? '');
    if (refusal === undefined) return super.createConnection(options, created);
    refuse(refusal, created);
    return undefined;
  }
}

/** What Node.js calls this with when there is an error has no stream, whatever the type says. */
function refuse(refusal: Error, created: Created): void {
  (created as (error: Error) => void)(refusal);
}
