import type { ManagedObject } from '../model/managed-object.js';
import { escapeXml } from './vim-xml.js';

/** A managed object reference as a client sent it: it need not exist, nor be well-behaved. */
export interface ObjectReference {
  type: string;
  id: string;
}

/** A vim25 fault: what a call answers in place of a result. */
export class VimFault extends Error {
  override readonly name = 'VimFault';

  constructor(
    /** The fault's type: `InvalidLogin`. */
    readonly fault: string,
    /** Its fields, as XML. */
    readonly fields = '',
    message = '',
  ) {
    super(message);
  }

  /** The `soapenv:Fault` of an answer, as vcsim writes it. */
  toSoap(): string {
    return (
      `<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>${escapeXml(this.message)}</faultstring>` +
      `<detail><${this.fault}Fault xmlns="urn:vim25" xsi:type="${this.fault}">${this.fields}</${this.fault}Fault>` +
      '</detail></soapenv:Fault>'
    );
  }

  /** A `LocalizedMethodFault`, as in a task's `error` and in a `missingSet`. */
  toLocalized(): string {
    const message =
      this.message === '' ? '' : `<localizedMessage>${escapeXml(this.message)}</localizedMessage>`;
    return `<fault xsi:type="${this.fault}">${this.fields}</fault>${message}`;
  }
}

const referenceField = (tag: string, { type, id }: ObjectReference): string =>
  `<${tag} type="${escapeXml(type)}">${escapeXml(id)}</${tag}>`;

const permissionFields = (object: ObjectReference, privilege: string): string =>
  `${referenceField('object', object)}<privilegeId>${privilege}</privilegeId>`;

export const notAuthenticated = (object: ObjectReference, privilege: string): VimFault =>
  new VimFault('NotAuthenticated', permissionFields(object, privilege));

export const noPermission = (object: ObjectReference, privilege: string): VimFault =>
  new VimFault(
    'NoPermission',
    permissionFields(object, privilege),
    'Permission to perform this operation was denied.',
  );

export const managedObjectNotFound = (object: ObjectReference, message: string): VimFault =>
  new VimFault('ManagedObjectNotFound', referenceField('obj', object), message);

export const methodNotFound = (receiver: ObjectReference, method: string): VimFault =>
  new VimFault(
    'MethodNotFound',
    `${referenceField('receiver', receiver)}<method>${escapeXml(method)}</method>`,
    `${receiver.type}:${receiver.id} does not implement: ${method}`,
  );

/** Names the argument, when the server would. */
export const invalidArgument = (property?: string): VimFault =>
  new VimFault(
    'InvalidArgument',
    property === undefined ? '' : `<invalidProperty>${escapeXml(property)}</invalidProperty>`,
  );

export const invalidProperty = (name: string): VimFault =>
  new VimFault('InvalidProperty', `<name>${escapeXml(name)}</name>`);

export const resourceInUse = (): VimFault => new VimFault('ResourceInUse', '', 'The resource is in use.');

export const invalidRequest = (message: string): VimFault => new VimFault('InvalidRequest', '', message);

export const invalidLogin = (): VimFault => new VimFault('InvalidLogin', '', 'Login failure');

export const invalidPowerState = (requested: string, existing: string): VimFault =>
  new VimFault(
    'InvalidPowerState',
    `<requestedState>${requested}</requestedState><existingState>${existing}</existingState>`,
    'The attempted operation cannot be performed in the current state.',
  );

export const invalidVmConfig = (property: string): VimFault =>
  new VimFault(
    'InvalidVmConfig',
    `<property>${property}</property>`,
    'The virtual machine configuration is invalid.',
  );

/** A reference to an object that does exist. */
export const referenceTo = ({ type, id }: ManagedObject): ObjectReference => ({ type, id });
