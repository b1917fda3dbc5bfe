import type { About, Inventory } from '../model/inventory.js';
import type { ManagedObject } from '../model/managed-object.js';
import type { ContainerView, Session } from '../soap/session.js';
import type { Task } from '../soap/task.js';
import { escapeXml } from '../soap/vim-xml.js';
import { customFieldDef } from './managed-entity.js';
import type { VimFields } from './vim-property.js';
import {
  arrayOf,
  boolean,
  dataObject,
  dateTime,
  enumeration,
  fragment,
  int,
  reference,
  references,
  text,
} from './vim-property.js';

/** The objects that are the server itself, under the ids that real vCenters use. */
export const SERVICES = {
  serviceInstance: { type: 'ServiceInstance', id: 'ServiceInstance' },
  sessionManager: { type: 'SessionManager', id: 'SessionManager' },
  propertyCollector: { type: 'PropertyCollector', id: 'propertyCollector' },
  viewManager: { type: 'ViewManager', id: 'ViewManager' },
  customFieldsManager: { type: 'CustomFieldsManager', id: 'CustomFieldsManager' },
} as const satisfies Record<string, ManagedObject>;

function about({ instanceUuid, version, apiVersion, build }: About): VimFields<unknown> {
  return {
    name: text(() => 'VMware vCenter Server'),
    fullName: text(() => `VMware vCenter Server ${version} build-${build}`),
    vendor: text(() => 'VMware, Inc.'),
    version: text(() => version),
    build: text(() => build),
    localeVersion: text(() => 'INTL'),
    localeBuild: text(() => '000'),
    osType: text(() => 'linux-x64'),
    productLineId: text(() => 'vpx'),
    apiType: text(() => 'VirtualCenter'),
    apiVersion: text(() => apiVersion),
    instanceUuid: text(() => instanceUuid),
    licenseProductName: text(() => 'VMware VirtualCenter Server'),
    licenseProductVersion: text(() => '8.0'),
  };
}

/** What `RetrieveServiceContent` answers. */
export function serviceContent(inventory: Inventory): VimFields<unknown> {
  return {
    rootFolder: reference(() => inventory.root),
    propertyCollector: reference(() => SERVICES.propertyCollector),
    viewManager: reference(() => SERVICES.viewManager),
    about: dataObject('AboutInfo', about(inventory.about)),
    sessionManager: reference(() => SERVICES.sessionManager),
    customFieldsManager: reference(() => SERVICES.customFieldsManager),
  };
}

/** A session as clients see it. */
export const USER_SESSION: VimFields<Session> = {
  key: text((session) => session.key),
  userName: text((session) => session.userName),
  fullName: text((session) => session.userName),
  loginTime: dateTime((session) => session.loggedInAt),
  lastActiveTime: dateTime((session) => session.lastActiveAt),
  locale: text(() => 'en_US'),
  messageLocale: text(() => 'en_US'),
  extensionSession: boolean(() => false),
  ipAddress: text(() => '127.0.0.1'),
  userAgent: text((session) => session.userAgent),
  callCount: int((session) => session.calls),
};

/** The session manager as one session sees it. */
export interface SessionManager extends ManagedObject {
  type: 'SessionManager';
  session: Session;
}

const userSession = dataObject<Session>('UserSession', USER_SESSION);

export const SESSION_MANAGER: VimFields<SessionManager> = {
  currentSession: {
    value: ({ session }) => userSession.value(session),
    field: (name) => {
      const write = userSession.field(name);
      return ({ session }) => write(session);
    },
  },
};

export const containerView = (inventory: Inventory): VimFields<ContainerView> => ({
  container: reference((view) => view.container),
  recursive: boolean((view) => view.recursive),
  type: arrayOf('string', (view, tag) => view.types.map((type) => `<${tag}>${type}</${tag}>`).join('')),
  view: references((view) => view.list(inventory)),
});

export const serviceInstance = (inventory: Inventory): VimFields<ManagedObject> => ({
  content: dataObject('ServiceContent', serviceContent(inventory)),
  serverClock: dateTime(() => inventory.now()),
});

export const customFieldsManager = (inventory: Inventory): VimFields<ManagedObject> => ({
  field: arrayOf('CustomFieldDef', (_manager, tag) =>
    inventory.customFields.map((field) => customFieldDef(field, tag)).join(''),
  ),
});

/** The part of a description that names the method: `powerOff`, capitalised as vcsim does. */
const taskName = ({ description }: Task): string => {
  const method = description.slice(description.indexOf('.') + 1);
  return method.charAt(0).toUpperCase() + method.slice(1);
};

export const TASK: VimFields<Task> = {
  info: dataObject('TaskInfo', {
    key: text((task) => task.id),
    task: reference((task) => task),
    name: text(taskName),
    descriptionId: text((task) => task.description),
    entity: reference((task) => task.entity),
    entityName: text((task) => ('name' in task.entity ? String(task.entity.name) : task.entity.id)),
    state: enumeration('TaskInfoState', (task) => (task.error ? 'error' : 'success')),
    cancelled: boolean(() => false),
    cancelable: boolean(() => false),
    error: fragment('LocalizedMethodFault', (task) => task.error?.toLocalized()),
    result: {
      value: ({ result }) =>
        result ? `<val type="${result.type}" xsi:type="ManagedObjectReference">${result.id}</val>` : '',
      field:
        (name) =>
        ({ result }) =>
          result
            ? `<${name} type="${result.type}" xsi:type="ManagedObjectReference">${result.id}</${name}>`
            : '',
    },
    reason: fragment('TaskReasonUser', (task) => `<userName>${escapeXml(task.userName)}</userName>`, {
      declaredAs: 'TaskReason',
    }),
    queueTime: dateTime((task) => task.at),
    startTime: dateTime((task) => task.at),
    completeTime: dateTime((task) => task.at),
    eventChainId: int(() => 0),
  }),
};
