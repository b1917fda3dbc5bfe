import type { Collection } from '../estate/collection.js';
import type { Document } from '../estate/network-estate.js';
import { AwsFault } from '../protocol/aws-fault.js';
import { ec2Protocol } from '../protocol/service-protocol.js';
import { type Operation, type OperationCall, pageOf, type SimulatedAwsService } from './operation.js';

const VERSION = '2016-11-15';
const THOUSAND = [5, 1_000, 1_000] as const;

type Choose = (call: OperationCall) => Collection<Document>;

/** A listing by `MaxResults` and `NextToken`. */
function listing(
  set: string,
  choose: Choose,
  sizes: readonly [number, number, number] = THOUSAND,
): Operation {
  const paging = {
    sizeParameter: 'MaxResults',
    tokenParameter: 'NextToken',
    sizes,
    tokenCode: 'InvalidPaginationToken',
    sizeCode: 'InvalidParameterValue',
  };
  return (call) => {
    const { items, token } = pageOf(call, choose(call), paging);
    return { [set]: items, nextToken: token };
  };
}

/** A listing that EC2 gives whole, and refuses to page. */
function wholeListing(set: string, choose: Choose): Operation {
  return (call) => {
    for (const name of ['MaxResults', 'NextToken'])
      if (call.parameters.has(name))
        throw new AwsFault('UnknownParameter', `The parameter ${name} is not recognized`);
    return { [set]: [...choose(call)] };
  };
}

/** A listing of the account's own, which says so: all that others publish would be tens of thousands more. */
function ownListing(owner: string, list: Operation): Operation {
  return (call) => {
    if (call.parameters.get(`${owner}.1`) === 'self') return list(call);
    throw new AwsFault('InvalidParameterValue', `The simulated EC2 lists ${owner}=self only.`);
  };
}

/** Reservations of an instance each. */
const describeInstances: Operation = (call) => {
  const { reservationSet, ...rest } = listing(
    'reservationSet',
    ({ estate }) => estate.compute.instances,
  )(call);
  return {
    ...rest,
    reservationSet: (reservationSet as Document[]).map((instance) => ({
      reservationId: (instance['instanceId'] as string).replace('i-', 'r-'),
      ownerId: call.principal.account,
      groupSet: [],
      instancesSet: [instance],
    })),
  };
};

const describeRegions: Operation = ({ regions, parameters }) => ({
  regionInfo: regions
    .filter(({ optInStatus }) => parameters.get('AllRegions') === 'true' || optInStatus !== 'not-opted-in')
    .map(({ name, optInStatus }) => ({
      regionName: name,
      regionEndpoint: `ec2.${name}.amazonaws.com`,
      optInStatus,
    })),
});

export const ec2: SimulatedAwsService = {
  name: 'ec2',
  signingName: 'ec2',
  protocol: ec2Protocol(VERSION),
  operationOf: (_request, parameters) =>
    parameters.get('Version') === VERSION ? (parameters.get('Action') ?? undefined) : undefined,
  operations: {
    DescribeRegions: describeRegions,
    DescribeInstances: describeInstances,
    DescribeVpcs: listing('vpcSet', ({ estate }) => estate.network.vpcs),
    DescribeSubnets: listing('subnetSet', ({ estate }) => estate.network.subnets),
    DescribeSecurityGroups: listing('securityGroupInfo', ({ estate }) => estate.network.securityGroups),
    DescribeRouteTables: listing('routeTableSet', ({ estate }) => estate.network.routeTables, [5, 100, 100]),
    DescribeNatGateways: listing('natGatewaySet', ({ estate }) => estate.network.natGateways),
    DescribeAddresses: wholeListing('addressesSet', ({ estate }) => estate.network.addresses),
    DescribeVolumes: listing('volumeSet', ({ estate }) => estate.compute.volumes, [5, 500, 500]),
    DescribeNetworkInterfaces: listing(
      'networkInterfaceSet',
      ({ estate }) => estate.compute.networkInterfaces,
    ),
    DescribeKeyPairs: wholeListing('keySet', ({ estate }) => estate.compute.keyPairs),
    DescribeSnapshots: ownListing(
      'Owner',
      listing('snapshotSet', ({ estate }) => estate.compute.snapshots),
    ),
    DescribeImages: ownListing(
      'Owner',
      listing('imagesSet', ({ estate }) => estate.compute.images),
    ),
  },
};
