import type { SimulatedRequest } from '../../http/simulator-server.js';
import type { Document } from '../estate/network-estate.js';
import { AwsFault } from '../protocol/aws-fault.js';
import { restJsonProtocol, restXmlProtocol, s3Protocol } from '../protocol/service-protocol.js';
import { XmlList } from '../protocol/xml.js';
import {
  type Operation,
  type OperationCall,
  pageOf,
  type Pages,
  type SimulatedAwsService,
} from './operation.js';

/** An operation's method and path, where it is told by them. */
type Routes = readonly (readonly [operation: string, method: string, path: RegExp])[];

function restService(
  service: Pick<SimulatedAwsService, 'name' | 'protocol' | 'operations'>,
  routes: Routes,
): SimulatedAwsService {
  return {
    ...service,
    signingName: service.name,
    operationOf: ({ method, url }: SimulatedRequest) =>
      routes.find(([, verb, path]) => verb === method && path.test(url.pathname))?.[0],
  };
}

/** How many Lambda gives, however many are asked for. */
const FUNCTIONS_AT_ONCE = 50;
/** As many as one call may ask the tags of. */
const ZONES_AT_ONCE = 10;

const describeCluster: Operation = ({ estate, request }) => {
  const name = decodeURIComponent(request.url.pathname.replace('/clusters/', ''));
  for (const cluster of estate.applications.clusters) if (cluster['name'] === name) return { cluster };
  throw new AwsFault('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404);
};

export const eks = restService(
  {
    name: 'eks',
    protocol: restJsonProtocol,
    operations: {
      ListClusters: (call) => {
        const { items, token } = pageOf(call, call.estate.applications.clusters, {
          sizeParameter: 'maxResults',
          tokenParameter: 'nextToken',
          sizes: [1, 100, 100],
          tokenCode: 'InvalidParameterException',
          sizeCode: 'InvalidParameterException',
        });
        return { clusters: items.map(({ name }) => name), nextToken: token };
      },
      DescribeCluster: describeCluster,
    },
  },
  [
    ['ListClusters', 'GET', /^\/clusters$/],
    ['DescribeCluster', 'GET', /^\/clusters\/[^/]+$/],
  ],
);

export const lambda = restService(
  {
    name: 'lambda',
    protocol: restJsonProtocol,
    operations: {
      ListFunctions: (call) => {
        const { parameters } = call;
        const asked = Number(parameters.get('MaxItems') ?? FUNCTIONS_AT_ONCE);
        if (asked <= 10_000) parameters.set('MaxItems', String(Math.min(FUNCTIONS_AT_ONCE, asked)));
        const { items, token } = pageOf(call, call.estate.applications.functions, {
          sizeParameter: 'MaxItems',
          tokenParameter: 'Marker',
          sizes: [1, 10_000, FUNCTIONS_AT_ONCE],
          tokenCode: 'InvalidParameterValueException',
          sizeCode: 'InvalidParameterValueException',
        });
        return { Functions: items, NextMarker: token };
      },
      ListTags: () => ({ Tags: { owner: 'events' } }),
    },
  },
  [
    ['ListFunctions', 'GET', /^\/2015-03-31\/functions\/?$/],
    ['ListTags', 'GET', /^\/2017-03-31\/tags\/[^/]+$/],
  ],
);

/** One bucket in three has no tags, which S3 says by an error. */
const getBucketTagging: Operation = ({ account, request, region }) => {
  const name = request.url.pathname.split('/')[1] ?? '';
  const index = Number(name.split('-').at(-1));
  const bucket = account.global.buckets.at(index);
  if (bucket?.['Name'] !== name)
    throw new AwsFault('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (bucket['BucketRegion'] !== region)
    throw new AwsFault('PermanentRedirect', 'The bucket must be addressed in its own region.', 301);
  if (index % 3 === 2) throw new AwsFault('NoSuchTagSet', 'The TagSet does not exist', 404);
  return { Tagging: { TagSet: new XmlList('Tag', [{ Key: 'class', Value: 'archive' }]) } };
};

/** All of the account's buckets, or those of the one region that its own endpoint may be asked about. */
function bucketsAsked({ account, parameters, region }: OperationCall): Pages<Document> {
  const asked = parameters.get('bucket-region');
  const { buckets } = account.global;
  if (asked === null) return buckets;
  if (asked !== region)
    throw new AwsFault('InvalidArgument', `The buckets of ${asked} must be asked for there.`);
  return { page: (begin, size) => buckets.page(begin, size, ({ BucketRegion }) => BucketRegion === asked) };
}

export const s3: SimulatedAwsService = {
  name: 's3',
  signingName: 's3',
  protocol: s3Protocol,
  operationOf: ({ method, url }) => {
    if (method !== 'GET') return undefined;
    if (url.pathname === '/') return 'ListBuckets';
    return url.searchParams.has('tagging') && /^\/[^/]+\/?$/.test(url.pathname)
      ? 'GetBucketTagging'
      : undefined;
  },
  operations: {
    ListBuckets: (call) => {
      const { items, token } = pageOf(call, bucketsAsked(call), {
        sizeParameter: 'max-buckets',
        tokenParameter: 'continuation-token',
        sizes: [1, 10_000, 10_000],
        tokenCode: 'InvalidArgument',
        sizeCode: 'InvalidArgument',
      });
      return {
        ListAllMyBucketsResult: {
          Owner: { ID: call.principal.userId },
          Buckets: new XmlList('Bucket', items),
          ContinuationToken: token,
        },
      };
    },
    GetBucketTagging: getBucketTagging,
  },
};

const NAMESPACE = 'https://route53.amazonaws.com/doc/2013-04-01/';

const listTagsForResources: Operation = ({ request }) => {
  const ids = [...request.body.toString('utf8').matchAll(/<ResourceId>([^<]+)<\/ResourceId>/g)];
  if (ids.length < 1 || ids.length > ZONES_AT_ONCE)
    throw new AwsFault('InvalidInput', `ResourceIds must have 1 to ${ZONES_AT_ONCE} members.`);
  const sets = ids.map(([, ResourceId = '']): Document => ({
    ResourceType: 'hostedzone',
    ResourceId,
    Tags: new XmlList('Tag', [{ Key: 'owner', Value: 'dns' }]),
  }));
  return { ResourceTagSets: new XmlList('ResourceTagSet', sets) };
};

export const route53 = restService(
  {
    name: 'route53',
    protocol: restXmlProtocol(NAMESPACE),
    operations: {
      ListHostedZones: (call) => {
        const { items, token } = pageOf(call, call.account.global.zones, {
          sizeParameter: 'maxitems',
          tokenParameter: 'marker',
          sizes: [1, 100, 100],
          tokenCode: 'NoSuchHostedZone',
          sizeCode: 'InvalidInput',
        });
        return {
          HostedZones: new XmlList('HostedZone', items),
          IsTruncated: token !== undefined,
          NextMarker: token,
          MaxItems: call.parameters.get('maxitems') ?? '100',
        };
      },
      ListTagsForResources: listTagsForResources,
    },
  },
  [
    ['ListHostedZones', 'GET', /^\/2013-04-01\/hostedzone\/?$/],
    ['ListTagsForResources', 'POST', /^\/2013-04-01\/tags\/hostedzone\/?$/],
  ],
);
