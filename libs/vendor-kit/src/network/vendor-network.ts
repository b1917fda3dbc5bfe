import dns, { type LookupAddress } from 'node:dns';
import type { AgentOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { TLSSocket } from 'node:tls';

import { Agent, buildConnector, type Dispatcher } from 'undici';

import { SyncError } from '#domain';

import { AddressPolicy } from './address-policy.js';
import { GuardedHttpAgent, GuardedHttpsAgent } from './guarded-agents.js';

/** An HTTP client's connections, as {@link VendorNetwork.agent} makes them. */
export type VendorAgent = Agent;
/** What it answers to a request. */
export type VendorAnswer = Dispatcher.ResponseData;

/** How an agent connects: undici's options, but for what is decided here. */
export interface VendorAgentOptions extends Omit<Agent.Options, 'connect' | 'factory'> {
  /** TLS and time limits. */
  connect: buildConnector.BuildOptions;
  /** Looks at the other end of a TLS connection before anything is sent. An error that it returns ends it. */
  inspect?: (socket: TLSSocket, host: string) => Error | undefined;
}

/** Node.js' agents, as most SDKs take them. Destroy both to free their connections. */
export interface NodeAgents {
  http: GuardedHttpAgent;
  https: GuardedHttpsAgent;
}

/**
 * The way to the vendors. Whatever host a user has named, connections go only where {@link AddressPolicy} lets
 * them: a name's addresses are checked when they are looked up for the connection itself, so it is of no use to
 * let the name mean something else later, nor to send us on by a redirect. Vendors have no other way out: the
 * rules "package undici/" and "vendors-call-by-vendor-kit" of .dependency-cruiser.cjs see to it.
 */
export class VendorNetwork {
  private readonly policy: AddressPolicy;

  /** @param networks what may be called beside public addresses */
  constructor(networks: readonly string[]) {
    this.policy = new AddressPolicy(networks);
  }

  /** An HTTP client's connections. */
  agent({ connect: options, inspect, ...others }: VendorAgentOptions): Agent {
    const connect = buildConnector({ ...options, lookup: this.lookup });
    return new Agent({
      ...others,
      connect: (target, callback) => {
        // Node.js looks up no address, so what is one is checked here.
        const refusal = this.policy.refusalOfHost(target.hostname);
        if (refusal !== undefined) {
          callback(refused(target.hostname, target.hostname, refusal), null);
          return;
        }
        connect(target, (...[error, socket]) => {
          if (error !== null) {
            callback(error, null);
            return;
          }
          const host = target.host ?? target.hostname;
          const problem = socket instanceof TLSSocket ? inspect?.(socket, host) : undefined;
          if (problem === undefined) callback(null, socket);
          else {
            socket.destroy();
            callback(problem, null);
          }
        });
      },
    });
  }

  /** The connections of an SDK that takes Node.js' agents. They are kept open between requests. */
  nodeAgents(options: Omit<AgentOptions, 'lookup'> = {}): NodeAgents {
    const guard = {
      lookup: this.lookup,
      refusalOf: (host: string) => {
        const refusal = this.policy.refusalOfHost(host);
        return refusal === undefined ? undefined : refused(host, host, refusal);
      },
    };
    const kept = { keepAlive: true, ...options };
    return { http: new GuardedHttpAgent(guard, kept), https: new GuardedHttpsAgent(guard, kept) };
  }

  /** As Node.js' own, without the addresses that may not be called; an error where none is left. */
  private readonly lookup: LookupFunction = (host, options, callback) => {
    dns.lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const allowed = found.filter(({ address }) => this.policy.refusalOf(address) === undefined);
      const [first] = allowed;
      if (first === undefined) callback(this.refusedName(host, found), '');
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };

  private refusedName(host: string, [first]: readonly LookupAddress[]): Error {
    const address = first?.address ?? '';
    return refused(host, address, this.policy.refusalOf(address) ?? '');
  }
}

/** For whoever has named the host, and for the operator. */
export function describeRefusedAddress(host: string, address: string, kind: string): string {
  const where = isIP(address) === 0 || host.includes(address) ? host : `${host} (${address})`;
  return (
    `${where} is ${kind}, which Muster may not call. If it is meant, have Muster's operator name it, or its ` +
    `network, in ENDPOINT_ALLOWED_NETWORKS.`
  );
}

function refused(host: string, address: string, kind: string): SyncError {
  return new SyncError('credentials', describeRefusedAddress(host, address, kind), {
    vendorCode: 'ENDPOINT_REFUSED',
  });
}
