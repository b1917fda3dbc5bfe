import { type AliTag, defineAliTable, source } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Resource {
  ResourceType?: string;
  ResourceId?: string;
  ResourceName?: string;
  RegionId?: string;
  ZoneId?: string;
  CreateTime?: string;
  IpAddresses?: string[];
  Tags?: AliTag[];
}

interface Answer {
  Resources?: Resource[];
  NextToken?: string;
}

/** What the other tables list. */
const LISTED_ELSEWHERE = new Set([
  'ACS::ACK::Cluster',
  'ACS::ALB::LoadBalancer',
  'ACS::Alidns::Domain',
  'ACS::CS::Cluster',
  'ACS::DNS::Domain',
  'ACS::ECS::Disk',
  'ACS::ECS::Image',
  'ACS::ECS::Instance',
  'ACS::ECS::KeyPair',
  'ACS::ECS::NetworkInterface',
  'ACS::ECS::SecurityGroup',
  'ACS::ECS::Snapshot',
  'ACS::EIP::EipAddress',
  'ACS::ESS::ScalingGroup',
  'ACS::FC::Function',
  'ACS::NAT::NatGateway',
  'ACS::NLB::LoadBalancer',
  'ACS::OSS::Bucket',
  'ACS::RDS::DBInstance',
  'ACS::SLB::LoadBalancer',
  'ACS::VPC::RouteTable',
  'ACS::VPC::VPC',
  'ACS::VPC::VSwitch',
]);

/** Everything else that Resource Center knows of the account, where it is enabled; it is never enabled by us. */
export const otherResources = defineAliTable({
  type: 'otherResources',
  listedIn: 'global',
  sources: [
    source({
      product: PRODUCTS.resourcecenter,
      action: 'SearchResources',
      needs: {
        action: 'GetResourceCenterServiceStatus',
        problem({ ServiceStatus, InitialStatus }: { ServiceStatus?: string; InitialStatus?: string }) {
          if (ServiceStatus !== 'Enabled') return 'INDEX_OFF';
          return InitialStatus === 'Finished' ? undefined : 'INDEX_BUILDING';
        },
      },
      paging: byToken(100),
      read: ({ Resources = [], NextToken }: Answer) => ({
        items: Resources.filter(({ ResourceType = '' }) => !LISTED_ELSEWHERE.has(ResourceType)),
        nextToken: NextToken,
      }),
      describe: (resource: Resource) => ({
        // Ids are unique within a type and region only.
        id: [resource.ResourceType, resource.RegionId, resource.ResourceId].join('/'),
        name: resource.ResourceName || resource.ResourceId,
        // Resource Center knows of none.
        status: 'unknown',
        region: resource.RegionId === 'global' ? '' : resource.RegionId,
        zone: resource.ZoneId,
        addresses: resource.IpAddresses,
        tags: resource.Tags,
        created: resource.CreateTime,
      }),
    }),
  ],
});
