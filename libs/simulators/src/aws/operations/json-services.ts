import type { SimulatedRequest } from '../../http/simulator-server.js';
import type { Document } from '../estate/network-estate.js';
import { AwsFault } from '../protocol/aws-fault.js';
import { jsonProtocol, restJsonProtocol } from '../protocol/service-protocol.js';
import {
  type Operation,
  type OperationCall,
  pageOf,
  type Pages,
  type SimulatedAwsService,
} from './operation.js';

const TARGET = 'AWSOrganizationsV20161128.';

const listAccounts: Operation = (call) => {
  const { organization, principal } = call;
  if (organization === undefined)
    throw new AwsFault(
      'AWSOrganizationsNotInUseException',
      'Your account is not a member of an organization.',
    );
  if (principal.account !== organization.management)
    throw new AwsFault('AccessDeniedException', "You don't have permissions to access this resource.");
  const { items, token } = pageOf(call, pagesOf(organization.accounts()), {
    sizeParameter: 'MaxResults',
    tokenParameter: 'NextToken',
    sizes: [1, 20, 20],
    tokenCode: 'InvalidInputException',
    sizeCode: 'InvalidInputException',
  });
  return { Accounts: items, NextToken: token };
};

const describeAccount: Operation = ({ organization, parameters }) => {
  const asked = parameters.get('AccountId');
  const account = organization?.accounts().find(({ Id }) => Id === asked);
  if (account === undefined)
    throw new AwsFault('AccountNotFoundException', `There is no account ${asked ?? ''} in the organization.`);
  return { Account: account };
};

/** The organization that an account is the management account of. Its API is one for all regions. */
export const organizations: SimulatedAwsService = {
  name: 'organizations',
  signingName: 'organizations',
  protocol: jsonProtocol,
  operationOf: ({ headers }: SimulatedRequest) => {
    const target = headers['x-amz-target'];
    return typeof target === 'string' && target.startsWith(TARGET) ? target.slice(TARGET.length) : undefined;
  },
  operations: { ListAccounts: listAccounts, DescribeAccount: describeAccount },
};

function indexOf({ account, region }: OperationCall) {
  const index = account.explorer.get(region);
  if (index === undefined) throw new AwsFault('ResourceNotFoundException', 'There is no index here.', 404);
  return index;
}

function viewArn({ principal, region }: OperationCall): string {
  return `arn:aws:resource-explorer-2:${region}:${principal.account}:view/all/8c2f2a7e`;
}

const listResources: Operation = (call) => {
  const { account, region, request } = call;
  indexOf(call);
  const { Filters, ViewArn } = JSON.parse(request.body.toString('utf8')) as {
    Filters?: { FilterString?: string };
    ViewArn?: string;
  };
  if (ViewArn !== viewArn(call)) throw new AwsFault('UnauthorizedException', 'There is no such view.', 401);
  const { of, in: asked } =
    /^region:(?<in>\S+) accountid:(?<of>\d{12})$/.exec(Filters?.FilterString ?? '')?.groups ?? {};
  if (asked === undefined || of !== call.principal.account)
    throw new AwsFault('ValidationException', 'The simulated Resource Explorer wants region and account.');
  const found =
    asked === region
      ? account.region(region).applications.indexed
      : asked === 'global' && region === 'us-east-1'
        ? account.global.indexed
        : pagesOf<Document>([]);
  const { items, token } = pageOf(call, found, {
    sizeParameter: 'MaxResults',
    tokenParameter: 'NextToken',
    sizes: [1, 1_000, 100],
    tokenCode: 'ValidationException',
    sizeCode: 'ValidationException',
  });
  // As AWS does it: whoever asks for the most is told of no more.
  const isCut = call.parameters.get('MaxResults') === '1000';
  return { Resources: items, ViewArn, NextToken: isCut ? undefined : token };
};

/** The index of a region: the one in us-east-1 also has what is in no region. */
export const resourceExplorer: SimulatedAwsService = {
  name: 'resource-explorer-2',
  signingName: 'resource-explorer-2',
  protocol: restJsonProtocol,
  operationOf: ({ method, url }) => (method === 'POST' ? url.pathname.slice(1) : undefined),
  operations: {
    GetIndex: (call) => {
      const { state, created } = indexOf(call);
      return { State: state, Type: 'LOCAL', CreatedAt: created.toISOString() };
    },
    GetDefaultView: (call) => {
      const { hasView } = indexOf(call);
      return { ViewArn: hasView ? viewArn(call) : '' };
    },
    GetView: (call) => ({
      View: { ViewArn: viewArn(call), Filters: { FilterString: indexOf(call).filter } },
    }),
    ListResources: listResources,
  },
};

function pagesOf<Item extends object>(items: readonly Item[]): Pages<Item> {
  return {
    page: (begin, size) => {
      const end = begin + size;
      return { items: items.slice(begin, end), next: end < items.length ? end : undefined };
    },
  };
}
