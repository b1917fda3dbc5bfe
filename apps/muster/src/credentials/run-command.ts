import type { AuditLogRepository, CredentialAdministration, IssuedSecrets } from '#database';
import type { Policy } from '#domain';
import { StartError } from '#platform';

import { audited } from '../audited.js';
import type { Command } from './command.js';
import { policyName, readPolicy, strangeActions } from './read-policy.js';
import { isOver, renderList, renderSecrets } from './render.js';

/** Where a command's result goes, and what else there is to say. */
export interface Output {
  write(text: string): unknown;
  note(line: string): unknown;
}

/** What commands work with. */
export interface Tools {
  administration: CredentialAdministration;
  auditLog: AuditLogRepository;
}

type Work = Exclude<Command, { verb: 'help' }>;
type Of<Verb extends Command['verb']> = Extract<Command, { verb: Verb }>;

/**
 * Does what was asked for.
 * @throws {StartError} one line that says why not.
 */
export async function runCommand(command: Work, tools: Tools, output: Output): Promise<void> {
  switch (command.verb) {
    case 'list':
      return list(command, tools, output);
    case 'create':
      return create(command, tools, output);
    case 'temporary':
      return makeTemporary(command, tools, output);
    case 'rotate':
      return rotate(command, tools, output);
    case 'revoke':
      return revoke(command, tools, output);
    case 'policy':
      return changePolicy(command, tools, output);
  }
}

async function list(
  { tenant, all, json }: Of<'list'>,
  { administration }: Tools,
  output: Output,
): Promise<void> {
  const tenantId = tenant === undefined ? undefined : await findTenant(administration, tenant);
  const now = new Date();
  const credentials = (await administration.list(tenantId)).filter(
    (credential) => all || !isOver(credential, now),
  );
  output.write(json ? toJson(credentials) : renderList(credentials, now));
}

async function create(
  { name, tenant, kind, policy: nameOrFile, expiresInMs, json }: Of<'create'>,
  { administration, auditLog }: Tools,
  output: Output,
): Promise<void> {
  const policy = await readPolicy(nameOrFile);
  noteStrangeActions(policy, output);
  if (kind === 'access-key') await administration.checkKeyring();
  const { id: tenantId, created } = await administration.ensureTenant(tenant);
  if (created) output.note(`The tenant "${tenant}" is new.`);
  const issued = await audited(
    auditLog,
    { tenantId, action: 'muster:credential:create', targets: [name] },
    () =>
      administration.create({
        tenantId,
        name,
        kind,
        policy,
        ...(expiresInMs === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInMs) }),
      }),
  );
  if (issued === undefined) {
    throw new StartError(`tenant "${tenant}" has a credential "${name}" already: rotate or revoke it`);
  }
  const heading = `Credential "${name}" of tenant "${tenant}", ${policyName(policy)}:`;
  output.write(json ? toJson(issued) : renderSecrets(heading, issued));
}

async function makeTemporary(
  { name, tenant, expiresInMs, json }: Of<'temporary'>,
  { administration, auditLog }: Tools,
  output: Output,
): Promise<void> {
  await administration.checkKeyring();
  const tenantId = await findTenant(administration, tenant);
  const now = new Date();
  const parent = (await administration.list(tenantId)).find(
    (credential) => [credential.name, credential.accessKey].includes(name) && !isOver(credential, now),
  );
  if (parent === undefined) throw noSuchCredential(name, tenant);
  const issued = await audited(
    auditLog,
    { tenantId, action: 'muster:credential:createTemporary', targets: [parent.name] },
    () => administration.createTemporary(parent.id, new Date(Date.now() + expiresInMs)),
  );
  if (issued === undefined) throw isTemporary(name);
  output.write(json ? toJson(issued) : renderSecrets(`Temporary key pair of "${parent.name}":`, issued));
}

async function rotate(
  { name, tenant, overlapMs, json }: Of<'rotate'>,
  { administration, auditLog }: Tools,
  output: Output,
): Promise<void> {
  await administration.checkKeyring();
  const tenantId = await findTenant(administration, tenant);
  const issued = await audited(
    auditLog,
    { tenantId, action: 'muster:credential:rotate', targets: [name] },
    () => administration.rotate({ tenantId, name }, overlapMs),
  );
  if (issued === 'unknown') throw noSuchCredential(name, tenant);
  if (issued === 'temporary') throw isTemporary(name);
  output.write(json ? toJson(issued) : renderSecrets(headingOf(name, overlapMs), issued));
}

async function revoke(
  { name, tenant, json }: Of<'revoke'>,
  { administration, auditLog }: Tools,
  output: Output,
): Promise<void> {
  const tenantId = await findTenant(administration, tenant);
  const isRevoked = await audited(
    auditLog,
    { tenantId, action: 'muster:credential:revoke', targets: [name] },
    () => administration.revoke({ tenantId, name }),
  );
  if (!isRevoked) throw noSuchCredential(name, tenant);
  output.write(json ? toJson({ revoked: name }) : `Credential "${name}" of tenant "${tenant}" is revoked.\n`);
}

async function changePolicy(
  { name, tenant, policy: nameOrFile, json }: Of<'policy'>,
  { administration, auditLog }: Tools,
  output: Output,
): Promise<void> {
  const policy = await readPolicy(nameOrFile);
  noteStrangeActions(policy, output);
  const tenantId = await findTenant(administration, tenant);
  const outcome = await audited(
    auditLog,
    { tenantId, action: 'muster:credential:setPolicy', targets: [name] },
    () => administration.setPolicy({ tenantId, name }, policy),
  );
  if (outcome === 'unknown') throw noSuchCredential(name, tenant);
  if (outcome === 'temporary') throw isTemporary(name);
  output.write(
    json
      ? toJson(policy)
      : `Credential "${name}" of tenant "${tenant}" has the policy ${policyName(policy)} now.\n`,
  );
}

async function findTenant(administration: CredentialAdministration, tenant: string): Promise<string> {
  const id = await administration.findTenant(tenant);
  if (id === undefined) throw new StartError(`there is no tenant "${tenant}": create makes one`);
  return id;
}

function noteStrangeActions(policy: Policy, output: Output): void {
  const strange = strangeActions(policy);
  if (strange.length > 0) output.note(`Muster has no such action: ${strange.join(', ')}`);
}

function headingOf(name: string, overlapMs: number): string {
  return overlapMs === 0
    ? `Credential "${name}" has a new secret; the old one is void:`
    : `Credential "${name}" has a new secret; the old one is valid until ${new Date(Date.now() + overlapMs).toISOString()}:`;
}

function noSuchCredential(name: string, tenant: string): StartError {
  return new StartError(`tenant "${tenant}" has no credential "${name}" that is not revoked`);
}

function isTemporary(name: string): StartError {
  return new StartError(`"${name}" is temporary: it has the rights and the end of what it is made from`);
}

function toJson(value: IssuedSecrets | object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
