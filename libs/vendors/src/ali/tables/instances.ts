import { defineAliTable, source, type States } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface DBInstance {
  DBInstanceId?: string;
  DBInstanceDescription?: string;
  DBInstanceStatus?: string;
  LockMode?: string;
  ZoneId?: string;
  VpcId?: string;
  VSwitchId?: string;
  CreateTime?: string;
}

interface Answer {
  Items?: { DBInstance?: DBInstance[] };
  NextToken?: string;
}

const STATES: States = {
  Creating: 'provisioning',
  Restoring: 'provisioning',
  INS_CLONING: 'provisioning',
  GuardDBInstanceCreating: 'provisioning',
  Importing: 'provisioning',
  ImportingFromOthers: 'provisioning',
  Running: 'running',
  Rebooting: 'running',
  DBInstanceClassChanging: 'running',
  TRANSING: 'running',
  EngineVersionUpgrading: 'running',
  TransingToOthers: 'running',
  DBInstanceNetTypeChanging: 'running',
  GuardSwitching: 'running',
  MinorVersionUpgrading: 'running',
  HASwitching: 'running',
  LinkSwitching: 'running',
  NET_CREATING: 'running',
  NET_DELETING: 'running',
  SSLModifying: 'running',
  Stopping: 'stopping',
  Stopped: 'stopped',
  Deleting: 'deleting',
};

/** Databases of RDS: MySQL, PostgreSQL, SQL Server and MariaDB. */
export const instances = defineAliTable({
  type: 'instances',
  sources: [
    source({
      product: PRODUCTS.rds,
      action: 'DescribeDBInstances',
      paging: byToken(100),
      read: ({ Items, NextToken }: Answer) => ({ items: Items?.DBInstance, nextToken: NextToken }),
      describe: ({ LockMode: lock = 'Unlock', ...instance }: DBInstance) => ({
        id: instance.DBInstanceId,
        name: instance.DBInstanceDescription,
        state: [instance.DBInstanceStatus, STATES],
        // Expired, out of disk, or locked by hand.
        status: lock === 'Unlock' ? undefined : 'suspended',
        zone: instance.ZoneId,
        created: instance.CreateTime,
        relations: [
          ['contained_in', 'vpcs', instance.VpcId],
          ['contained_in', 'subnets', instance.VSwitchId],
        ],
      }),
    }),
  ],
});
