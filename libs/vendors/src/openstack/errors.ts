import { SyncError } from '#domain';

import {
  busy,
  connectionMeanings,
  type ErrorMeaning,
  meantError,
  SERVER_MEANINGS,
  tlsMeanings,
} from '../shared/error-meaning.js';
import { quoted } from '../shared/quoted.js';
import { OpenstackError, type OpenstackErrorFacts } from './openstack-error.js';

type Meaning = ErrorMeaning<OpenstackErrorFacts>;

const ASK_OPERATOR = (requestId: string | undefined): string =>
  requestId === undefined ? '' : ` The cloud's operators find it as ${requestId}.`;

const refusedSignIn = (problem: string, advice: string): Meaning => ({
  kind: 'credentials',
  message: ({ host, detail }) => `Keystone at ${host} gives no token: ${problem}${quoted(detail)}. ${advice}`,
});

const throttled: Meaning = {
  kind: 'throttled',
  message: ({ host, operation }) =>
    `${host} asks us to slow down${operation === undefined ? '' : ` (${operation})`}.`,
};

const notAdministrator: Meaning = {
  kind: 'permission',
  message: () =>
    'The user does not have the role "admin" in its project (any more), so the cloud shows no other projects. What ' +
    'was known of them stays. Give the user that role, or set "all_projects" to false.',
};

/**
 * code → kind and message. Keystone says the same 401 of a wrong password, an unknown user, a project without a role
 * for the user, and a disabled project, so its message names all of them.
 * Sources: docs/vendors/openstack.md.
 */
export const OPENSTACK_ERRORS: Readonly<Record<string, Meaning>> = {
  SIGN_IN_REFUSED: refusedSignIn(
    'it refuses the credentials',
    'Check ak and sk, "auth_type", the domains, and that the user is enabled and has a role in the project.',
  ),
  SIGN_IN_FORBIDDEN: refusedSignIn(
    'the user may not have one for this project',
    'An application credential is for its own project only: leave the project out.',
  ),
  NOT_KEYSTONE: {
    kind: 'credentials',
    message: ({ host }) =>
      `What answers at ${host} is not Keystone's API, version 3. Check "endpoint": it is the auth_url of clouds.yaml.`,
  },
  REDIRECTED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} sends us elsewhere${quoted(detail)}. Put the final address into "endpoint".`,
  },
  PROJECT_REFUSED: {
    kind: 'permission',
    message: ({ subject }) =>
      `Keystone gives the user no token for the project ${subject ?? ''}, though it names it among the user's. Check ` +
      `that the project's domain is enabled, and that the user still has a role in the project.`,
  },
  TOKEN_REFUSED: {
    // Of one service: others may well take it.
    kind: 'permission',
    message: ({ host, operation, requestId }) =>
      `${host} refuses the token that Keystone gave a moment ago (${operation ?? 'a call'}). Check that the user is ` +
      `enabled and still has a role in the project, and the clocks of the cloud's servers.${ASK_OPERATOR(requestId)}`,
  },
  NO_PROJECT: {
    kind: 'credentials',
    message: ({ host }) =>
      `The user may sign in at ${host}, but has a role in no enabled project. Give it the role "reader" in each ` +
      `project that is to be listed.`,
  },
  NOT_ADMINISTRATOR: notAdministrator,
  ALL_PROJECTS_REFUSED: {
    kind: 'credentials',
    message: () =>
      '"all_projects" is true, but the user does not have the role "admin" in its project. Name the project in which ' +
      'it has that role in "project_name", or leave "all_projects" out.',
  },
  NO_ENDPOINTS: {
    kind: 'credentials',
    message: ({ host, subject }) =>
      `The catalog of Keystone at ${host} has no ${subject ?? 'public'} endpoint of any service that Muster lists. ` +
      `Check "interface".`,
  },
  NO_SERVICE: {
    kind: 'absent',
    message: ({ subject, host }) =>
      `The catalog of Keystone at ${host} has no ${subject ?? 'such service'}, so there is nothing of it to list.`,
  },
  INSECURE_ENDPOINT: {
    kind: 'permission',
    message: ({ host, subject }) =>
      `The catalog names ${host} without TLS for ${subject ?? 'a service'}, and the token would go there in clear. ` +
      `Have the catalog mended, choose another "interface", or set "allow_http" to true.`,
  },
  'HTTP 403': {
    kind: 'permission',
    message: ({ operation, detail }) =>
      `The user may not do ${operation ?? 'this'}${quoted(detail)}. Give it a role that may, or leave the type out by ` +
      `"resource_types".`,
  },
  'HTTP 404': {
    kind: 'absent',
    message: ({ host, operation, detail }) =>
      `${host} does not know ${operation ?? 'this call'}${quoted(detail)}: its version or its plug-ins have no such ` +
      `resources.`,
  },
  'HTTP 400': {
    kind: 'bug',
    message: ({ host, operation, detail }) =>
      `${host} does not understand our call ${operation ?? ''}${quoted(detail)}. Please report it.`,
  },
  ENDPOINT_REDIRECTED: {
    kind: 'bug',
    message: ({ host, operation, detail }) =>
      `${host} answers ${operation ?? 'a call'} by sending us elsewhere${quoted(detail)}. The service's URL in the ` +
      `catalog has to be mended.`,
  },
  MICROVERSION_REFUSED: busy('offers other versions of its API than a moment ago'),
  MARKER_GONE: {
    kind: 'unavailable',
    message: ({ host, detail }) =>
      `${host} doesn't know our place in the listing any more${quoted(detail)}. It begins anew.`,
    cursorExpired: true,
  },
  DOWN_CELL: {
    kind: 'unavailable',
    message: ({ host, subject }) =>
      `Nova at ${host} cannot reach one of its cells, and knows servers there by their ids only (${subject ?? ''}). ` +
      `They stay as they were, and nothing is deleted until the cell is back.`,
    cursorExpired: true,
  },
  REPEATED_PAGE: busy('answered with the same page again'),
  THROTTLED: throttled,
  ...SERVER_MEANINGS,
  UND_ERR_RES_EXCEEDED_MAX_SIZE: {
    kind: 'bug',
    message: ({ host, operation }) =>
      `${host} sent more than we accept in answer to ${operation ?? 'a call'}.`,
  },
  ...tlsMeanings('"endpoint" and the catalog name', 'tls_ca_pem'),
  ...connectionMeanings({
    name: 'Check the host name in "endpoint" and in the catalog, and the DNS that Muster uses.',
    port: 'Check "endpoint" and the catalog, and that no firewall is in between.',
  }),
};

/** What a failure of this vendor means; `undefined` for what isn't OpenStack's doing. */
export function classifyOpenstackError(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof OpenstackError)) return undefined;
  const { code, facts } = error;
  const meaning = OPENSTACK_ERRORS[code];
  if (meaning !== undefined) return meantError(error, meaning);
  const message =
    `${facts.host} answered ${facts.operation ?? 'a call'} with ${code}${quoted(facts.detail)}.` +
    ASK_OPERATOR(facts.requestId);
  return new SyncError('bug', message, { vendorCode: code, cause: error });
}
