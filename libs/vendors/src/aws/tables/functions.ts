import { type FunctionConfiguration, ListFunctionsCommand, ListTagsCommand } from '@aws-sdk/client-lambda';

import { eachAtMost } from '../../shared/each-at-most.js';
import { defineAwsTable, statusBy, tagsByKey } from '../aws-table.js';
import { paged } from '../listings.js';

/** The tags of each function are a call; so many are on their way at once. */
const TAGS_AT_ONCE = 5;

const status = statusBy({
  Pending: 'provisioning',
  Active: 'available',
  ActiveNonInvocable: 'available',
  Inactive: 'stopped',
  Deactivating: 'stopping',
  Deactivated: 'suspended',
  Deleting: 'deleting',
  Failed: 'error',
});

type TaggedFunction = FunctionConfiguration & { tags?: Record<string, string> };

const listing = paged({
  service: 'lambda',
  pageSize: [1, 50], // AWS lets ask for more, and gives no more
  request: ({ size, cursor }) => new ListFunctionsCommand({ MaxItems: size, Marker: cursor }),
  items: ({ Functions }): readonly TaggedFunction[] | undefined => Functions,
  next: ({ NextMarker }) => NextMarker,
  detail: (functions, call) =>
    eachAtMost(TAGS_AT_ONCE, functions, async (item) => {
      const { Tags } = await call('lambda', new ListTagsCommand({ Resource: item.FunctionArn }));
      return { ...item, tags: Tags ?? {} };
    }),
});

/** Lambda functions. The values of their environment's variables are often secrets, and left out. */
export const functions = defineAwsTable({
  type: 'functions',
  permissions: ['lambda:ListFunctions', 'lambda:ListTags'],
  listing,
  leftOut: ['Environment'],

  describe: (item) => ({
    id: ['FunctionArn', item.FunctionArn],
    name: item.FunctionName,
    status: status(item.State),
    nativeStatus: item.State,
    tags: tagsByKey(item.tags),
    relations: [
      ['contained_in', 'vpcs', item.VpcConfig?.VpcId],
      ...(item.VpcConfig?.SubnetIds ?? []).map((subnet) => ['contained_in', 'subnets', subnet] as const),
      ...(item.VpcConfig?.SecurityGroupIds ?? []).map(
        (group) => ['secured_by', 'securityGroups', group] as const,
      ),
    ],
  }),
});
