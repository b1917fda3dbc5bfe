import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface FunctionItem {
  functionArn?: string;
  functionName?: string;
  state?: string;
  createdTime?: string;
  vpcConfig?: { vpcId?: string; vSwitchIds?: string[]; securityGroupId?: string };
  tags?: AliTag[];
}

interface Answer {
  functions?: FunctionItem[];
  nextToken?: string;
}

const STATES: States = { Pending: 'provisioning', Active: 'running', Inactive: 'stopped', Failed: 'error' };

/** Functions of Function Compute 3.0, which lists those of 2.0 too. */
export const functions = defineAliTable({
  type: 'functions',
  sources: [
    source({
      product: PRODUCTS.fc,
      action: 'ListFunctions',
      path: '/2023-03-30/functions',
      paging: byToken(100, ['limit', 'nextToken']),
      read: ({ functions: items, nextToken }: Answer) => ({ items, nextToken }),
      describe: (item: FunctionItem) => ({
        id: item.functionArn ?? item.functionName,
        name: item.functionName,
        // One that is ready at once has no state.
        state: [item.state ?? 'Active', STATES],
        tags: item.tags,
        created: item.createdTime,
        relations: [
          ['contained_in', 'vpcs', item.vpcConfig?.vpcId],
          ['contained_in', 'subnets', item.vpcConfig?.vSwitchIds],
          ['secured_by', 'securityGroups', item.vpcConfig?.securityGroupId],
        ],
      }),
      // Where people keep secrets.
      omit: ['environmentVariables'],
    }),
  ],
});
