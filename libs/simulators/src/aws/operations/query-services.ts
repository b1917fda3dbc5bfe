import type { Document } from '../estate/network-estate.js';
import { AwsFault } from '../protocol/aws-fault.js';
import { queryProtocol } from '../protocol/service-protocol.js';
import { XmlList } from '../protocol/xml.js';
import {
  type Operation,
  type OperationCall,
  pageOf,
  type Paging,
  type SimulatedAwsService,
} from './operation.js';

const MARKED: Omit<Paging, 'sizes'> = {
  sizeParameter: 'PageSize',
  tokenParameter: 'Marker',
  tokenCode: 'ValidationError',
  sizeCode: 'ValidationError',
};
/** As many as one call may ask the tags of. */
const TAGGED_AT_ONCE = 20;

/** A service that is called by a form's `Action` and `Version`. */
function queryService(
  name: string,
  {
    signingName = name,
    version,
    host = signingName,
  }: { signingName?: string; version: string; host?: string },
  operations: Readonly<Record<string, Operation>>,
): SimulatedAwsService {
  return {
    name,
    signingName,
    protocol: queryProtocol(`http://${host}.amazonaws.com/doc/${version}/`),
    operationOf: (_request, parameters) =>
      parameters.get('Version') === version ? (parameters.get('Action') ?? undefined) : undefined,
    operations,
  };
}

/** The entries of a list in a form: `Names.member.1`, `Names.member.2`… */
function listOf({ parameters }: OperationCall, name: string): string[] {
  const entries: string[] = [];
  for (let number = 1; ; number += 1) {
    const entry = parameters.get(`${name}.member.${number}`);
    if (entry === null) return entries;
    entries.push(entry);
  }
}

/** Tags of what is named; every one of them has the same. */
function tagsOf(list: string, field: string): Operation {
  return (call) => {
    const named = listOf(call, list);
    if (named.length < 1 || named.length > TAGGED_AT_ONCE)
      throw new AwsFault('ValidationError', `${list} must have 1 to ${TAGGED_AT_ONCE} members.`);
    return {
      TagDescriptions: named.map((name) => ({ [field]: name, Tags: [{ Key: 'owner', Value: 'edge' }] })),
    };
  };
}

const RECORDS = {
  ...MARKED,
  sizeParameter: 'MaxRecords',
  sizes: [20, 100, 100],
  sizeCode: 'InvalidParameterValue',
} as const;

export const rds = queryService(
  'rds',
  { version: '2014-10-31' },
  {
    DescribeDBInstances: (call) => {
      const { items, token } = pageOf(call, call.estate.applications.databases, RECORDS);
      return { DBInstances: new XmlList('DBInstance', items), Marker: token };
    },
    DescribeDBClusters: (call) => {
      const { items, token } = pageOf(call, call.estate.applications.databaseClusters, RECORDS);
      return { DBClusters: new XmlList('DBCluster', items), Marker: token };
    },
  },
);

export const loadBalancing = queryService(
  'elasticloadbalancing',
  { version: '2015-12-01' },
  {
    DescribeLoadBalancers: (call) => {
      const paging = { ...MARKED, sizes: [1, 400, 400] } as const;
      const { items, token } = pageOf(call, call.estate.applications.loadBalancers, paging);
      return { LoadBalancers: items, NextMarker: token };
    },
    DescribeTags: tagsOf('ResourceArns', 'ResourceArn'),
    DescribeTargetGroups: ({ estate, parameters }) => {
      const group = estate.applications.targetGroup(parameters.get('LoadBalancerArn') ?? '');
      if (group === undefined)
        throw new AwsFault('LoadBalancerNotFound', 'One or more load balancers not found');
      return { TargetGroups: [group] };
    },
    DescribeTargetHealth: ({ estate }) => ({
      TargetHealthDescriptions: estate.applications
        .targets()
        .map((Id): Document => ({ Target: { Id, Port: 8_080 }, TargetHealth: { State: 'healthy' } })),
    }),
  },
);

export const classicLoadBalancing = queryService(
  'elasticloadbalancing-classic',
  { signingName: 'elasticloadbalancing', version: '2012-06-01' },
  {
    DescribeLoadBalancers: (call) => {
      const paging = { ...MARKED, sizes: [1, 400, 400] } as const;
      const { items, token } = pageOf(call, call.estate.applications.classicLoadBalancers, paging);
      return { LoadBalancerDescriptions: items, NextMarker: token };
    },
    DescribeTags: tagsOf('LoadBalancerNames', 'LoadBalancerName'),
  },
);

export const autoScaling = queryService(
  'autoscaling',
  { version: '2011-01-01' },
  {
    DescribeAutoScalingGroups: (call) => {
      const paging: Paging = {
        sizeParameter: 'MaxRecords',
        tokenParameter: 'NextToken',
        sizes: [1, 100, 50],
        tokenCode: 'InvalidNextToken',
        sizeCode: 'ValidationError',
      };
      const { items, token } = pageOf(call, call.estate.applications.scalingGroups, paging);
      return { AutoScalingGroups: items, NextToken: token };
    },
  },
);
