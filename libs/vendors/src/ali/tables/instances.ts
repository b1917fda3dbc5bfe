import { SyncError } from '#domain';
import { required } from '#vendor-kit';

import { chunksOf } from '../../shared/each-at-most.js';
import { type AliCaller, type AliTag, defineAliTable, source, type States } from '../ali-table.js';
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
  /** From a call of their own. */
  Tags?: AliTag[];
}

interface Answer {
  Items?: { DBInstance?: DBInstance[] };
  NextToken?: string;
}

type DatabaseTag = AliTag & { ResourceId?: string };

interface TagAnswer {
  TagResources?: { TagResource?: DatabaseTag[] };
  NextToken?: string;
}

/** The tags of so many databases are one call's: the most that RDS takes. */
const TAGGED_AT_ONCE = 50;

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

/** The databases with their tags, which RDS' listing lacks. */
async function withTags(databases: readonly DBInstance[], call: AliCaller): Promise<DBInstance[]> {
  const tags = new Map<string, AliTag[]>();
  const ids = databases.map((database) => required(database.DBInstanceId, 'DBInstanceId'));
  for (const chunk of chunksOf(ids, TAGGED_AT_ONCE)) {
    for await (const { ResourceId: id = '', ...tag } of tagsOf(chunk, call)) {
      tags.set(id, [...(tags.get(id) ?? []), tag]);
    }
  }
  return databases.map((database) => ({ ...database, Tags: tags.get(database.DBInstanceId ?? '') ?? [] }));
}

/** @throws {SyncError} rather than end too soon: tags that were not read would look like none */
async function* tagsOf(ids: readonly string[], call: AliCaller): AsyncGenerator<DatabaseTag> {
  const named = Object.fromEntries(ids.map((id, index) => [`ResourceId.${String(index + 1)}`, id]));
  let place: { NextToken?: string } = {};
  for (;;) {
    const parameters = { ResourceType: 'INSTANCE', ...named, ...place };
    const answer = (await call({ action: 'ListTagResources', parameters })) as TagAnswer;
    yield* required(answer.TagResources, 'TagResources').TagResource ?? [];
    const next = answer.NextToken ?? '';
    if (next === '') return;
    if (next === place.NextToken) {
      throw new SyncError('bug', 'RDS sends the same page of tags again (ListTagResources).');
    }
    place = { NextToken: next };
  }
}

/** Databases of RDS: MySQL, PostgreSQL, SQL Server and MariaDB. */
export const instances = defineAliTable({
  type: 'instances',
  sources: [
    source({
      product: PRODUCTS.rds,
      action: 'DescribeDBInstances',
      paging: byToken(100),
      read: ({ Items, NextToken }: Answer) => ({ items: Items?.DBInstance, nextToken: NextToken }),
      detail: { action: 'ListTagResources', complete: withTags },
      describe: ({ LockMode: lock = 'Unlock', ...instance }: DBInstance) => ({
        id: instance.DBInstanceId,
        name: instance.DBInstanceDescription,
        state: [instance.DBInstanceStatus, STATES],
        // Expired, out of disk, or locked by hand.
        status: lock === 'Unlock' ? undefined : 'suspended',
        zone: instance.ZoneId,
        tags: instance.Tags,
        created: instance.CreateTime,
        relations: [
          ['contained_in', 'vpcs', instance.VpcId],
          ['contained_in', 'subnets', instance.VSwitchId],
        ],
      }),
      omit: ['Tags'],
    }),
  ],
});
