import {
  GetDefaultViewCommand,
  GetIndexCommand,
  GetViewCommand,
  ListResourcesCommand,
  type Resource,
  type ResourceProperty,
} from '@aws-sdk/client-resource-explorer-2';

import { AwsError } from '../aws-error.js';
import { type AwsTags, defineAwsTable, tagsOf } from '../aws-table.js';
import { type AwsCaller, type AwsListing, callerOf, paged } from '../listings.js';
import { type AwsPlace, GLOBAL, globalRegionOf } from '../regions.js';

const SERVICE = 'resource-explorer-2';
/** Of 1,000 AWS gives no token to go on with, and so cuts a longer listing off ("ListResources"). */
const PAGE = 500;
/** A new index may take so long until it has everything ("Checking the indexing status"), and says nothing of it. */
const BUILDING_MS = 36 * 60 * 60 * 1_000;

/** What the other tables list, by Resource Explorer's names. */
const LISTED_ELSEWHERE = new Set([
  'autoscaling:autoScalingGroup',
  'ec2:elastic-ip',
  'ec2:image',
  'ec2:instance',
  'ec2:key-pair',
  'ec2:natgateway',
  'ec2:network-interface',
  'ec2:route-table',
  'ec2:security-group',
  'ec2:snapshot',
  'ec2:subnet',
  'ec2:volume',
  'ec2:vpc',
  'eks:cluster',
  'elasticloadbalancing:loadbalancer',
  'elasticloadbalancing:loadbalancer/app',
  'elasticloadbalancing:loadbalancer/gwy',
  'elasticloadbalancing:loadbalancer/net',
  'lambda:function',
  'rds:cluster',
  'rds:db',
  'route53:hostedzone',
  's3:bucket',
]);

/**
 * Lists an index by a view that hides nothing; an aggregating index and a view of the whole organization have more
 * than is asked for, which the filter leaves out.
 */
const listing: AwsListing<Resource> = async function* (reading) {
  const { place } = reading;
  const region = place.region === GLOBAL ? globalRegionOf(reading.region) : place.region;
  const asked = { ...reading, region };
  const view = await wholeView(callerOf(asked), region);
  const isMeant = ({ ResourceType = '', Region, OwningAccountId }: Resource) =>
    Region === place.region && OwningAccountId === place.account && !LISTED_ELSEWHERE.has(ResourceType);
  yield* paged({
    service: SERVICE,
    pageSize: [1, PAGE],
    request: ({ size, cursor }) =>
      new ListResourcesCommand({
        ViewArn: view,
        Filters: { FilterString: filterOf(place) },
        MaxResults: size,
        NextToken: cursor,
      }),
    items: ({ Resources = [] }) => Resources.filter(isMeant),
    next: ({ NextToken }) => NextToken,
  })(asked);
};

function filterOf({ account, region }: AwsPlace): string {
  return `region:${region} accountid:${account}`;
}

/**
 * The region's default view, which is asked for in each listing, as is whether its index is there and finished:
 * less than that would look as if something had been deleted.
 * @throws {AwsError} `NO_INDEX`, `INDEX_BUILDING`, `NO_VIEW` or `VIEW_FILTERED`
 */
async function wholeView(call: AwsCaller, region: string): Promise<string> {
  const problem = (code: string, operation: string, detail?: string) =>
    new AwsError(code, { service: SERVICE, region, operation, ...(detail === undefined ? {} : { detail }) });
  const index = await call(SERVICE, new GetIndexCommand({})).catch((error: unknown) => {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException')
      throw new AwsError('NO_INDEX', error.facts, { cause: error });
    throw error;
  });
  if (index.State === 'DELETED' || index.State === 'DELETING') throw problem('NO_INDEX', 'GetIndex');
  const isYoung = Date.now() - (index.CreatedAt?.getTime() ?? Date.now()) < BUILDING_MS;
  if (index.State !== 'ACTIVE' || isYoung) throw problem('INDEX_BUILDING', 'GetIndex', index.State);
  const { ViewArn } = await call(SERVICE, new GetDefaultViewCommand({}));
  if (ViewArn === undefined || ViewArn === '') throw problem('NO_VIEW', 'GetDefaultView');
  const { View } = await call(SERVICE, new GetViewCommand({ ViewArn }));
  const filter = View?.Filters?.FilterString ?? '';
  if (filter !== '') throw problem('VIEW_FILTERED', 'GetView', filter);
  return ViewArn;
}

/** Tags are there if the view includes them. */
function tagsIn(properties: readonly ResourceProperty[] = []): AwsTags {
  const tags = properties.find(({ Name }) => Name === 'tags')?.Data;
  return Array.isArray(tags) ? (tags as unknown as AwsTags) : [];
}

/** What is behind the last colon or slash: `arn:aws:sqs:eu-west-1:123456789012:orders`. */
function nameIn(arn = ''): string {
  return /[^:/]+$/.exec(arn)?.[0] ?? '';
}

/** Everything else that Resource Explorer knows, where the account has an index; none is ever made by us. */
export const otherResources = defineAwsTable({
  type: 'otherResources',
  permissions: [
    'resource-explorer-2:GetIndex',
    'resource-explorer-2:GetDefaultView',
    'resource-explorer-2:GetView',
    'resource-explorer-2:ListResources',
  ],
  places: ['region', 'global'],
  listing,
  leftOut: ['LastReportedAt', 'Properties'], // when it was last looked at, and the tags

  describe: (resource) => {
    const tags = tagsOf(tagsIn(resource.Properties));
    return {
      id: ['Arn', resource.Arn],
      name: tags['Name'] || nameIn(resource.Arn),
      status: 'unknown', // Resource Explorer knows of none
      tags,
    };
  },
});
