import { type AliTag, defineAliTable, source } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface SecurityGroup {
  SecurityGroupId?: string;
  SecurityGroupName?: string;
  VpcId?: string;
  CreationTime?: string;
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  SecurityGroups?: { SecurityGroup?: SecurityGroup[] };
  NextToken?: string;
}

/** Security groups, without their rules. */
export const securityGroups = defineAliTable({
  type: 'securityGroups',
  sources: [
    source({
      product: PRODUCTS.ecs,
      action: 'DescribeSecurityGroups',
      paging: byToken(100),
      read: ({ SecurityGroups, NextToken }: Answer) => ({
        items: SecurityGroups?.SecurityGroup,
        nextToken: NextToken,
      }),
      describe: (group: SecurityGroup) => ({
        id: group.SecurityGroupId,
        name: group.SecurityGroupName,
        tags: group.Tags?.Tag,
        created: group.CreationTime,
        relations: [['contained_in', 'vpcs', group.VpcId]],
      }),
    }),
  ],
});
