import { defineVendor, type VendorAdapter } from '#vendor-kit';

import { AliConnection } from './connection.js';
import { classifyAliError } from './errors.js';
import { CALL_LIMIT } from './products.js';
import type { AliSettings } from './settings.js';
import { TABLES } from './tables.js';

/** Regions and actions are limited apart from each other, so it is our own politeness that bounds this. */
const UNITS_AT_ONCE = 8;

/** What signing in calls, beside the tables' listings. */
const SIGN_IN = [
  'sts:GetCallerIdentity',
  'sts:AssumeRole',
  'ecs:DescribeRegions',
  'resourcemanager:ListAccounts',
  'resourcemanager:GetAccount',
];
const QUOTAS = Object.fromEntries(
  [...SIGN_IN, ...TABLES.flatMap(({ permissions }) => permissions)].map((action) => [action, CALL_LIMIT]),
);

/** The adapter of Alibaba Cloud. A limit of pages, of at least 10 items, is for tests. */
export function aliAdapter(pageLimit = Infinity): VendorAdapter {
  return defineVendor<AliSettings, AliConnection>({
    vendor: 'ALI',
    unitsAtOnce: UNITS_AT_ONCE,
    quotas: QUOTAS,

    async connect(access, signal) {
      const connection = new AliConnection(access, pageLimit);
      try {
        await connection.verify(access.accountId, signal);
        return connection;
      } catch (error) {
        await connection.close();
        throw error;
      }
    },

    /** There is no session to end. */
    disconnect: async (connection) => {
      await connection.close();
    },

    scopes: (connection, signal) => connection.scopes(signal),
    tables: TABLES,
    classify: classifyAliError,
  });
}

export const adapter = aliAdapter();
