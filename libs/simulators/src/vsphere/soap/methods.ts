import { isKindOf } from '../model/managed-types.js';
import type { Call } from './method-context.js';
import * as change from './mutation-methods.js';
import * as service from './service-methods.js';

/** A method: which type of object has it, and what it answers, as XML. */
export interface Method {
  receiver: string;
  /** Whether it may be called without a session. */
  open?: true;
  run: (call: Call) => Iterable<string>;
}

/** The methods that the simulator has, by their names on the wire. */
const METHODS: Readonly<Record<string, Method>> = {
  RetrieveServiceContent: { receiver: 'ServiceInstance', open: true, run: service.retrieveServiceContent },
  CurrentTime: { receiver: 'ServiceInstance', run: service.currentTime },
  Login: { receiver: 'SessionManager', open: true, run: service.login },
  Logout: { receiver: 'SessionManager', run: service.logout },
  SessionIsActive: { receiver: 'SessionManager', run: service.sessionIsActive },
  CreateContainerView: { receiver: 'ViewManager', run: service.createContainerView },
  DestroyView: { receiver: 'ContainerView', run: service.destroyView },
  RetrieveProperties: { receiver: 'PropertyCollector', open: true, run: service.retrieveProperties },
  RetrievePropertiesEx: { receiver: 'PropertyCollector', open: true, run: service.retrievePropertiesEx },
  ContinueRetrievePropertiesEx: { receiver: 'PropertyCollector', run: service.continueRetrievePropertiesEx },
  CancelRetrievePropertiesEx: { receiver: 'PropertyCollector', run: service.cancelRetrievePropertiesEx },
  PowerOnVM_Task: { receiver: 'VirtualMachine', run: change.powerOn },
  PowerOffVM_Task: { receiver: 'VirtualMachine', run: change.powerOff },
  SuspendVM_Task: { receiver: 'VirtualMachine', run: change.suspend },
  Rename_Task: { receiver: 'ManagedEntity', run: change.rename },
  Destroy_Task: { receiver: 'ManagedEntity', run: change.destroy },
  CreateSnapshot_Task: { receiver: 'VirtualMachine', run: change.createSnapshot },
  RemoveAllSnapshots_Task: { receiver: 'VirtualMachine', run: change.removeAllSnapshots },
  CreateVM_Task: { receiver: 'Folder', run: change.createVm },
};

/** Methods of vim25 that clients may well try and that the simulator hasn't got: they are `MethodNotFound`. */
const KNOWN_BUT_ABSENT = new Set([
  'CreateFilter',
  'CreatePropertyCollector',
  'WaitForUpdates',
  'WaitForUpdatesEx',
  'CheckForUpdates',
  'CancelWaitForUpdates',
  'CreateListView',
  'CloneVM_Task',
  'ReconfigVM_Task',
  'RelocateVM_Task',
  'MoveIntoFolder_Task',
  'RegisterVM_Task',
  'UnregisterVM',
  'FindByUuid',
  'FindByInventoryPath',
  'QueryEvents',
  'QueryPerf',
]);

/** Whether vim25 has a method of the name at all. */
export function isMethodName(name: string): boolean {
  return Object.hasOwn(METHODS, name) || KNOWN_BUT_ABSENT.has(name);
}

/** Whether the method may be called without a session. */
export function isOpen(name: string): boolean {
  return Object.hasOwn(METHODS, name) && METHODS[name]?.open === true;
}

/** The method of an object of the type; `undefined` when such objects don't have it. */
export function methodOf(type: string, name: string): Method | undefined {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  return method && isKindOf(type, method.receiver) ? method : undefined;
}
