import { type Answer, jsonAnswer } from '../http/answer.js';
import type { HttpFailure } from '../http/planned-failures.js';
import type { SimulatedCall, SimulatedRequest, SimulatedService } from '../http/simulator-server.js';
import { armError } from './arm-error.js';
import type { AzureEstate, SimulatedSubscription } from './azure-estate.js';
import type { AzureFaults } from './azure-faults.js';
import { ResourceGraphService } from './resource-graph/resource-graph-service.js';
import { StorageService } from './storage-service.js';
import type { TokenEndpoint } from './token-endpoint.js';

const GRAPH_VERSIONS = ['2021-03-01', '2022-10-01', '2024-04-01'];
const SUBSCRIPTION_VERSIONS = ['2020-01-01', '2021-04-01', '2022-12-01'];
const PERMISSION_VERSIONS = ['2015-07-01', '2018-07-01', '2022-04-01'];
const STORAGE_VERSIONS = ['2022-09-01', '2023-01-01', '2023-05-01', '2024-01-01'];
const CORRELATION = '00000000-0000-0000-0000-000000000000';

interface Route {
  name: string;
  method: 'GET' | 'POST';
  path: RegExp;
  versions: readonly string[];
  answer: (request: SimulatedRequest, subscriptionId: string) => Answer;
}

/** A simulated Azure: Microsoft Entra ID and Azure Resource Manager at one address. */
export class AzureService implements SimulatedService {
  private readonly graph: ResourceGraphService;
  private readonly routes: readonly Route[];

  constructor(
    private readonly estate: AzureEstate,
    private readonly faults: AzureFaults,
    private readonly tokens: TokenEndpoint,
    /** How many subscriptions a page of their list has. */
    private readonly subscriptionsPerPage: number,
  ) {
    this.graph = new ResourceGraphService(estate, faults);
    this.routes = [
      {
        name: 'ResourceGraph',
        method: 'POST',
        path: /^\/providers\/Microsoft\.ResourceGraph\/resources$/i,
        versions: GRAPH_VERSIONS,
        answer: ({ body }) => this.graph.answer(body),
      },
      {
        name: 'ListSubscriptions',
        method: 'GET',
        path: /^\/subscriptions$/i,
        versions: SUBSCRIPTION_VERSIONS,
        answer: (request) => this.listSubscriptions(request),
      },
      {
        name: 'GetSubscription',
        method: 'GET',
        path: /^\/subscriptions\/([^/]+)$/i,
        versions: SUBSCRIPTION_VERSIONS,
        answer: (_, id) => this.subscription(id, 'Microsoft.Resources/subscriptions/read', documentOf),
      },
      {
        name: 'ListPermissions',
        method: 'GET',
        path: /^\/subscriptions\/([^/]+)\/providers\/Microsoft\.Authorization\/permissions$/i,
        versions: PERMISSION_VERSIONS,
        answer: (_, id) =>
          this.subscription(id, 'Microsoft.Authorization/permissions/read', () => ({
            value: [
              { actions: ['*/read'], notActions: this.faults.denied, dataActions: [], notDataActions: [] },
            ],
          })),
      },
      ...this.storageRoutes(new StorageService(estate, faults)),
    ];
  }

  private storageRoutes(storage: StorageService): Route[] {
    return [
      {
        name: 'ListStorageAccounts',
        method: 'GET',
        path: /^\/subscriptions\/([^/]+)\/providers\/Microsoft\.Storage\/storageAccounts$/i,
        versions: STORAGE_VERSIONS,
        answer: (request, id) =>
          this.subscription(id, 'Microsoft.Storage/storageAccounts/read', ({ subscriptionId }) =>
            storage.accounts(request, subscriptionId),
          ),
      },
      {
        name: 'ListContainers',
        method: 'GET',
        path: /^\/subscriptions\/([^/]+)\/resourceGroups\/[^/]+\/providers\/Microsoft\.Storage\/storageAccounts\/[^/]+\/blobServices\/default\/containers$/i,
        versions: STORAGE_VERSIONS,
        answer: (request, id) =>
          this.subscription(
            id,
            'Microsoft.Storage/storageAccounts/blobServices/containers/read',
            ({ subscriptionId }) => storage.containers(request, subscriptionId),
          ),
      },
    ];
  }

  takeFailure(call: string): HttpFailure | undefined {
    return this.faults.take(call);
  }

  read(request: SimulatedRequest): SimulatedCall | Answer {
    const { pathname } = request.url;
    const [, tenant = '', rest = ''] = /^\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
    const origin = `https://${request.headers.host ?? ''}`;
    if (rest === 'v2.0/.well-known/openid-configuration')
      return { name: 'OpenIdConfiguration', answer: () => this.tokens.configuration(tenant, origin) };
    if (rest === 'oauth2/v2.0/token' && request.method === 'POST')
      return { name: 'Token', answer: () => this.tokens.token(tenant, request) };
    const route = this.routes.find(({ method, path }) => method === request.method && path.test(pathname));
    if (route === undefined) {
      return jsonAnswer(404, armError('InvalidResourceType', `There is no ${pathname} at the simulator.`));
    }
    return { name: route.name, answer: () => this.answer(route, request) };
  }

  private answer(route: Route, request: SimulatedRequest): Answer {
    if (!this.tokens.accepts(request.headers.authorization)) {
      const message = 'The access token is invalid.';
      const headers = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };
      return jsonAnswer(401, armError('InvalidAuthenticationToken', message), headers);
    }
    const version = request.url.searchParams.get('api-version');
    if (version === null) {
      return jsonAnswer(
        400,
        armError('MissingApiVersionParameter', 'The api-version query parameter is required.'),
      );
    }
    if (!route.versions.includes(version)) {
      const message = `The api-version '${version}' is invalid. Supported: '${route.versions.join(',')}'.`;
      return jsonAnswer(400, armError('InvalidApiVersionParameter', message));
    }
    const answer = route.answer(request, route.path.exec(request.url.pathname)?.[1] ?? '');
    return { ...answer, headers: { 'x-ms-correlation-request-id': CORRELATION, ...answer.headers } };
  }

  private listSubscriptions({ url, headers }: SimulatedRequest): Answer {
    const visible = this.estate.subscriptions.filter(
      ({ subscriptionId }) => !this.faults.isHidden(subscriptionId),
    );
    const from = Number(url.searchParams.get('$skiptoken') ?? 0);
    const to = from + this.subscriptionsPerPage;
    const next = new URL(`https://${headers.host ?? ''}${url.pathname}${url.search}`);
    next.searchParams.set('$skiptoken', String(to));
    return jsonAnswer(200, {
      value: visible.slice(from, to).map(documentOf),
      ...(to < visible.length ? { nextLink: next.href } : {}),
      count: { type: 'Total', value: visible.length },
    });
  }

  /** What is asked of one subscription, where the application may do that. */
  private subscription(
    id: string,
    action: string,
    answer: (subscription: SimulatedSubscription) => object,
  ): Answer {
    const found = this.estate.subscriptions.find(
      ({ subscriptionId }) => subscriptionId.toLowerCase() === id.toLowerCase(),
    );
    if (found === undefined || this.faults.isHidden(id)) {
      return jsonAnswer(
        404,
        armError('SubscriptionNotFound', `The subscription '${id}' could not be found.`),
      );
    }
    if (this.faults.isDenied(action)) {
      const message =
        `The client 'simulated' with object id '${CORRELATION}' does not have authorization to perform action ` +
        `'${action}' over scope '/subscriptions/${id}' or the scope is invalid. If access was recently granted, ` +
        `please refresh your credentials.`;
      return jsonAnswer(403, armError('AuthorizationFailed', message));
    }
    const answered = answer(found);
    return 'status' in answered ? (answered as Answer) : jsonAnswer(200, answered);
  }
}

function documentOf({ subscriptionId, displayName, state }: SimulatedSubscription) {
  return {
    id: `/subscriptions/${subscriptionId}`,
    subscriptionId,
    displayName,
    state,
    authorizationSource: 'RoleBased',
    subscriptionPolicies: { locationPlacementId: 'Public_2014-09-01', spendingLimit: 'Off' },
  };
}
