import { randomUUID } from 'node:crypto';

import { ManagedEntity } from '../model/managed-object.js';
import { isContainerType, isViewType } from '../model/managed-types.js';
import { serviceContent, USER_SESSION } from '../properties/service.js';
import { dataObject } from '../properties/vim-property.js';
import type { Call } from './method-context.js';
import { collectorContext, exists, resolve } from './method-context.js';
import { childOf, childrenOf, isTrue, referenceOf, textOf } from './parse-request.js';
import type { ObjectSelection } from './property-collector.js';
import { selectObjects, writeObjects } from './property-collector.js';
import type { Session } from './session.js';
import { ContainerView } from './session.js';
import {
  invalidArgument,
  invalidLogin,
  invalidProperty,
  managedObjectNotFound,
  notAuthenticated,
} from './vim-fault.js';
import { referenceTo } from './vim-fault.js';
import { referenceElement } from './vim-xml.js';

/** The server has as many sessions as it may: its reverse proxy answers HTTP 503. */
export class SessionLimitReached extends Error {
  override readonly name = 'SessionLimitReached';
}

const userSession = dataObject<Session>('UserSession', USER_SESSION).field('returnval');

export function* retrieveServiceContent({ server }: Call): Generator<string> {
  yield dataObject<unknown>('ServiceContent', serviceContent(server.inventory)).field('returnval')(undefined);
}

export function* currentTime({ server }: Call): Generator<string> {
  yield `<returnval>${new Date(server.inventory.now()).toISOString()}</returnval>`;
}

export function* login(call: Call): Generator<string> {
  const { username, password } = call.server.credentials;
  const isRight =
    textOf(call.arguments, 'userName') === username && textOf(call.arguments, 'password') === password;
  if (call.session || !isRight) throw invalidLogin();
  if (call.server.sessions.size >= call.server.faults.maxSessions) throw new SessionLimitReached();
  const session = call.server.sessions.open(username, call.userAgent);
  call.setSession(session);
  yield userSession(session);
}

export function* logout({ server, session }: Call): Generator<string> {
  if (session) server.sessions.close(session);
  yield '';
}

export function* sessionIsActive({ server, arguments: request }: Call): Generator<string> {
  const session = server.sessions.find(textOf(request, 'sessionID'));
  yield `<returnval>${session?.userName === textOf(request, 'userName')}</returnval>`;
}

export function* createContainerView({ server, session, self, arguments: request }: Call): Generator<string> {
  if (!session) throw notAuthenticated(referenceTo(self), 'System.View');
  const reference = referenceOf(childOf(request, 'container'));
  const container = resolve(server, session, reference);
  if (!container) throw managedObjectNotFound(reference, '');
  if (!(container instanceof ManagedEntity) || !isContainerType(container.type))
    throw invalidArgument('container');
  const types = childrenOf(request, 'type').map(({ text }) => text);
  if (!types.every(isViewType)) throw invalidArgument('type');
  const id = `session[${session.key}]${randomUUID()}`;
  const view = new ContainerView(id, container, types, isTrue(request, 'recursive'));
  session.views.set(id, view);
  yield referenceElement('returnval', view);
}

export function* destroyView({ session, self }: Call): Generator<string> {
  session?.views.delete(self.id);
  yield '';
}

export function* retrieveProperties(call: Call): Generator<string> {
  refuseStrangers(call);
  const context = collectorContext(call);
  yield* writeObjects(selectObjects(call.arguments, context), 'returnval', context);
}

export function* retrievePropertiesEx(call: Call): Generator<string> {
  refuseStrangers(call);
  const selection = selectObjects(call.arguments, collectorContext(call));
  if (selection.objects.length === 0 && call.server.dialect === 'vcenter') return;
  yield* page(selection, call);
}

export function* continueRetrievePropertiesEx(call: Call): Generator<string> {
  const token = textOf(call.arguments, 'token');
  const selection = call.session?.listings.get(token);
  if (!selection) throw invalidProperty('token');
  call.session?.listings.delete(token);
  yield* page(selection, call);
}

export function* cancelRetrievePropertiesEx(call: Call): Generator<string> {
  if (!call.session?.listings.delete(textOf(call.arguments, 'token'))) throw invalidProperty('token');
  yield '';
}

/** One answer of a listing: its next objects, and a single-use token for the rest if there is one. */
function* page({ objects, specs, pageSize }: ObjectSelection, call: Call): Generator<string> {
  const size = Math.min(pageSize, call.server.pageLimit);
  const rest = objects.slice(size);
  yield '<returnval>';
  if (rest.length > 0 && call.session) {
    const token = randomUUID();
    call.session.listings.set(token, { objects: rest, specs, pageSize });
    yield `<token>${token}</token>`;
  }
  const present = objects.slice(0, size).filter((object) => exists(call.server, object));
  yield* writeObjects({ objects: present, specs }, 'objects', collectorContext(call));
  yield '</returnval>';
}

function refuseStrangers({ server, session, self }: Call): void {
  if (!session && server.dialect === 'vcenter') throw notAuthenticated(referenceTo(self), 'System.View');
}
