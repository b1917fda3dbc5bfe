import {
  type HostedZone,
  ListHostedZonesCommand,
  ListTagsForResourcesCommand,
} from '@aws-sdk/client-route-53';

import { chunksOf } from '../../shared/each-at-most.js';
import { type AwsTags, defineAwsTable, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

/** As many as one call may ask the tags of. */
const TAGGED_AT_ONCE = 10;

type TaggedZone = HostedZone & { Tags?: AwsTags };

/** `Z0123…`, of `/hostedzone/Z0123…`. */
function idOf({ Id = '' }: HostedZone): string {
  return Id.replace(/^\/hostedzone\//, '');
}

const listing = paged({
  service: 'route53',
  pageSize: [1, 100],
  request: ({ size, cursor }) => new ListHostedZonesCommand({ MaxItems: size, Marker: cursor }),
  items: ({ HostedZones }): readonly TaggedZone[] | undefined => HostedZones,
  next: ({ IsTruncated, NextMarker }) => (IsTruncated === true ? NextMarker : undefined),
  async detail(zones, call) {
    const tags = new Map<string | undefined, AwsTags>();
    for (const chunk of chunksOf(zones, TAGGED_AT_ONCE)) {
      const ids = chunk.map(idOf);
      const command = new ListTagsForResourcesCommand({ ResourceType: 'hostedzone', ResourceIds: ids });
      const { ResourceTagSets = [] } = await call('route53', command);
      for (const { ResourceId, Tags } of ResourceTagSets) tags.set(ResourceId, Tags);
    }
    return zones.map((zone) => ({ ...zone, Tags: tags.get(idOf(zone)) }));
  },
});

/** Route 53's hosted zones, public and private. */
export const zones = defineAwsTable({
  type: 'zones',
  permissions: ['route53:ListHostedZones', 'route53:ListTagsForResources'],
  listing,
  places: ['global'],

  describe: (zone) => ({
    id: ['Id', idOf(zone)],
    name: zone.Name?.replace(/\.$/, ''),
    status: 'available',
    tags: tagsOf(zone.Tags),
  }),
});
