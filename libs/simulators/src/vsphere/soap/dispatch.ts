import type { Call, ServerState } from './method-context.js';
import { resolve } from './method-context.js';
import { isMethodName, isOpen, methodOf } from './methods.js';
import type { MethodCall } from './parse-request.js';
import {
  invalidRequest,
  managedObjectNotFound,
  methodNotFound,
  noPermission,
  notAuthenticated,
} from './vim-fault.js';

/** A call as it came in over HTTP. */
export interface IncomingCall extends Pick<Call, 'session' | 'userAgent' | 'setSession'> {
  request: MethodCall;
}

/**
 * Answers a call with the parts of its SOAP body, checking in vcsim's order: is there such a method, has the
 * client signed in, does the object exist, does it have the method.
 * @throws {VimFault} what the call answers in place of a result; before the first part, never amid them.
 */
export function dispatch(server: ServerState, incoming: IncomingCall): Iterable<string> {
  const { method: name, receiver } = incoming.request;
  if (!isMethodName(name)) throw invalidRequest(`no vmomi type defined for '${name}'`);
  if (!incoming.session && !isOpen(name)) throw notAuthenticated(receiver, 'System.View');
  const self = resolve(server, incoming.session, receiver);
  if (!self) {
    throw managedObjectNotFound(receiver, `managed object not found: ${receiver.type}:${receiver.id}`);
  }
  const method = methodOf(self.type, name);
  if (!method) throw methodNotFound(receiver, name);
  if (server.faults.isMethodDenied(name)) throw noPermission(receiver, privilegeOf(name));
  const { session, userAgent, setSession, request } = incoming;
  const parts = method.run({ server, session, self, arguments: request.arguments, userAgent, setSession });
  return response(name, startNow(parts));
}

/** The privilege that a refused method is said to need. */
function privilegeOf(method: string): string {
  return method.endsWith('_Task') ? 'VirtualMachine.Inventory' : 'System.View';
}

/** Runs to the first part, so that what is wrong with the call shows before its answer begins. */
function startNow(parts: Iterable<string>): Iterable<string> {
  const iterator = parts[Symbol.iterator]();
  const first = iterator.next();
  return {
    *[Symbol.iterator]() {
      for (let part = first; !part.done; part = iterator.next()) yield part.value;
    },
  };
}

function* response(name: string, parts: Iterable<string>): Generator<string> {
  yield `<${name}Response xmlns="urn:vim25">`;
  yield* parts;
  yield `</${name}Response>`;
}
