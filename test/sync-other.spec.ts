import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { dump } from 'js-yaml';

import {
  nimbusConnector,
  nimbusEstate,
  type NimbusPagination,
  nimbusRecord,
  type NimbusSimulator,
  startNimbus,
} from '#simulators';

import { queueBackends } from './support/redis.js';
import { TEST_TIMING, TestMuster } from './support/test-muster.js';

/** As long as it takes on a busy machine. */
const CHECK_MS = 60_000;
/** However busy the machine is, a sync signs in once: that uses up faults, too. */
const TIMING = { ...TEST_TIMING, idleConnectionMs: 10_000 };
/** Every way of paging. */
const COLLECTIONS: Record<string, NimbusPagination> = {
  servers: 'cursor',
  disks: 'page',
  subnets: 'offset',
  images: 'next_link',
  zones: 'link_header',
};

interface Preview {
  scope: string;
  records: number;
  rows: { record: object | null; resource: object | null; problem: string | null }[];
  unmapped: string[];
  problem: string | null;
}

interface Account {
  id: string;
  failure_msg: string;
  settings: object;
}

describe.each(queueBackends())(
  'a cloud of its own, synced by a connector through a queue on %s',
  (backend) => {
    let muster: TestMuster;
    let nimbus: NimbusSimulator;

    beforeAll(async () => {
      muster = await TestMuster.start({ backend, accountCheckMs: CHECK_MS, timing: TIMING });
      const estate = nimbusEstate({ servers: 30, disks: 25, subnets: 12, images: 5, zones: 11 });
      nimbus = await startNimbus({ estate, tls: true });
    });

    afterEach(() => {
      nimbus.faults.reset();
    });

    afterAll(async () => {
      await muster.close();
      await nimbus.close();
    });

    const accountWith = (connector: object | string, settings: object = {}) => ({
      vendor: 'OTHER' as const,
      account_id: 'nimbus-1',
      account_name: 'Nimbus',
      ak: nimbus.keyName,
      sk: nimbus.key,
      settings: { connector, tls_ca_pem: nimbus.caPem, ...settings },
    });
    const connector = (limit = 10) => nimbusConnector(nimbus.url, { limit, collections: COLLECTIONS });
    const listed = async (type?: string) =>
      (await muster.listAll('OTHER', type)).map(({ resource_id }) => resource_id).sort();
    const allIds = () =>
      Object.values(nimbus.estate.collections)
        .flatMap((records) => records.map(({ id }) => id))
        .sort();
    const account = async (): Promise<Account> => {
      const { body } = await muster.call<{ data: Account[] }>(
        'GET',
        '/v1/vendor-account?limit=10&vendor=OTHER&account_id=nimbus-1',
      );
      const [found] = body.data;
      if (found === undefined) throw new Error('the account is not listed');
      return found;
    };

    it('refuses a connector that cannot work, and says where and why', async () => {
      const wrong = connector();
      const [first] = wrong.streams;
      const streams = [{ ...first, mapping: { id: 'id', name: 'label[' } }];
      const answer = await muster.call('POST', '/v1/vendor-account', {
        body: accountWith({ ...wrong, streams }),
      });
      expect(answer.status).toBe(400);
      expect(answer.body['error_msg']).toContain(
        'settings.connector.streams[0].mapping.name is no JMESPath: Syntax error',
      );
    });

    it.each([
      ['version: 1\nauth: { type: none\nstreams:', 'connector: cannot be read as YAML in line 3: '],
      ['version: 1\nsource: push\ntimeout_minutes: 0', 'connector.timeout_minutes must be >= 1'],
      ['version: 1\nsource: push\nstates: { "a\\0": error }', 'connector.states.a\0 holds a character that'],
      ['version: 1\nsource: push\nstates: { toString: error }', 'connector.states.toString is not known'],
    ])('refuses the YAML %j, and says where and why', async (text, problem) => {
      const answer = await muster.call('POST', '/v1/vendor-account', { body: accountWith(text) });
      expect(answer.status).toBe(400);
      expect(answer.body['error_msg']).toContain(`settings.${problem}`);
    });

    it('has every resource of each stream once, whatever its paging, by a connector in YAML', async () => {
      await muster.addAccount(accountWith(dump(connector())));
      expect((await account()).settings).toMatchObject({ connector: connector() });

      const task = await muster.sync({ vendor: 'OTHER' });

      expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 83, updated: 0, deleted: 0 } });
      expect(await listed()).toEqual(allIds());
      expect(await listed('subnets')).toHaveLength(12);
      const [server] = await muster.listAll('OTHER', 'cloudservers');
      expect(server).toMatchObject({
        vendor: 'OTHER',
        name: 'server 1',
        region_id: 'south',
        properties: { label: 'server 1', labels: { team: 'search' } },
      });
    });

    it('writes nothing when nothing has changed', async () => {
      const task = await muster.sync({ vendor: 'OTHER' });
      expect(task.counts).toMatchObject({ created: 0, updated: 0, unchanged: 83, deleted: 0 });
    });

    it('sees what was stopped, created and deleted, and nothing else', async () => {
      const servers = nimbus.estate.of('servers');
      const [, stopped] = servers;
      if (stopped === undefined) throw new Error('the estate has too few servers');
      stopped.state = 'HALTED';
      servers.splice(4, 1);
      servers.push(nimbusRecord('servers', 99));

      const task = await muster.sync({ vendor: 'OTHER' });

      expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 1, updated: 1, deleted: 1 } });
      expect(await listed()).toEqual(allIds());
      const { rows } = await muster.sql.query('SELECT status FROM resource WHERE native_id = $1', [
        stopped.id,
      ]);
      expect(rows).toEqual([{ status: 'stopped' }]);
    });

    it('is PARTIAL when one stream answers with a web page, and deletes nothing of it', async () => {
      const before = await listed();
      const html = {
        status: 200,
        headers: { 'Content-Type': 'application/json' },
        parts: ['{"data": null, "meta": {"pages": 0}}'],
      };
      nimbus.faults.failNext(9, { kind: 'answer', answer: html }, 'disks');

      const task = await muster.sync({ vendor: 'OTHER' });

      expect(task).toMatchObject({ state: 'PARTIAL', counts: { deleted: 0 } });
      const failed = task.accounts[0]?.units.filter(({ state }) => state === 'FAILED') ?? [];
      expect(failed.map(({ type, error }) => `${type} ${String(error?.code)}`)).toEqual([
        'volumes NO_RECORDS',
      ]);
      expect(await listed()).toEqual(before);
    });

    it('goes on behind its last page after a failure, and begins anew when the cursor is not known', async () => {
      const refused = {
        status: 400,
        headers: { 'Content-Type': 'application/json' },
        parts: ['{"error": {"code": "bad_cursor", "message": "The cursor is not known."}}'],
      };
      const { body } = await muster.call('PUT', `/v1/vendor-account/${(await account()).id}`, {
        body: { settings: { connector: connector(7), tls_ca_pem: nimbus.caPem } },
      });
      expect(body).toHaveProperty('data');
      // Signing in asks for the first page, too.
      nimbus.faults.failNext(1, { kind: 'delay', delayMs: 0 }, 'servers');
      nimbus.faults.failNext(1, { kind: 'delay', delayMs: 0 }, 'servers');
      nimbus.faults.failNext(1, { kind: 'answer', answer: refused }, 'servers');
      nimbus.faults.failNext(1, { kind: 'cut' }, 'zones');

      const task = await muster.sync({ vendor: 'OTHER' });

      expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 0, deleted: 0 } });
      expect(await listed()).toEqual(allIds());
      const transitions = await muster.call<{
        data: { to: string; error: { kind: string; code: string } | null }[];
      }>('GET', `/v1/multicloud-resources/sync/${task.task_id}/transitions?limit=500`);
      const waits = transitions.body.data.filter(({ to, error }) => to === 'WAITING' && error !== null);
      expect(waits.map(({ error }) => error?.kind)).toEqual(['unavailable', 'unavailable']);
      expect(waits.map(({ error }) => error?.code)).toContain('bad_cursor');
    });

    it('shows what a connector makes of the first records, what it leaves out, and what goes wrong', async () => {
      const whole = connector(7);
      const [servers, disks, subnets] = whole.streams;
      const streams = [
        { ...servers, mapping: { id: 'id', name: 'label', status: 'state' } },
        { ...disks, mapping: { id: 'id', created_at: 'label' } },
        { ...subnets, records: 'nothing' },
      ];
      const settings = { connector: { ...whole, streams }, tls_ca_pem: nimbus.caPem };
      const { id } = await account();
      await muster.call('PUT', `/v1/vendor-account/${id}`, { body: { settings } });
      const before = await listed();
      const [first] = nimbus.estate.of('servers');
      if (first === undefined) throw new Error('the estate has no servers');
      first['adminPassword'] = 'of-the-server';
      first['echo'] = `you sent ${nimbus.key}`;

      const { status, body } = await muster.call<{ data: { status: string; listings: Preview[] } }>(
        'POST',
        `/v1/vendor-account/${id}/preview`,
      );
      delete first['adminPassword'];
      delete first['echo'];

      expect([status, body.data.status]).toEqual([200, 'success']);
      const [ofServers, ofDisks, ofSubnets] = body.data.listings;
      expect(ofServers).toMatchObject({
        scope: 'servers',
        type: 'cloudservers',
        request: 'GET /v1/servers',
        records: 7,
        problem: null,
        unmapped: ['adminPassword', 'created', 'echo', 'ips', 'labels', 'site'],
      });
      expect(ofServers?.rows).toHaveLength(5);
      expect(ofServers?.rows[0]).toMatchObject({
        record: { id: first.id, adminPassword: '[masked]', echo: 'you sent [secret]' },
        resource: { nativeId: first.id, name: first.label, nativeStatus: first.state },
        problem: null,
      });
      expect(ofDisks?.rows[0]).toMatchObject({
        record: { id: 'disks-0001' },
        resource: null,
        problem: 'mapping.created_at gives a text, which is no time',
      });
      expect(ofSubnets).toMatchObject({
        records: 0,
        rows: [],
        problem: expect.stringContaining('finds no list'),
      });
      expect(await listed()).toEqual(before);
      expect(JSON.stringify(body)).not.toContain(nimbus.key);
    });

    it('tells a wrong key when the account is changed', async () => {
      const { id } = await account();
      const { status } = await muster.call('PUT', `/v1/vendor-account/${id}`, {
        body: { sk: 'an0ther-key' },
      });
      expect(status).toBe(200);
      const { failure_msg: message } = await account();
      expect(message).toContain('refuses the credentials (HTTP 401)');
      expect(message).not.toContain('an0ther-key');
    });

    it('refuses a connector that leads where Muster may not call', async () => {
      const { id } = await account();
      const inside = { ...connector(), base_url: 'https://169.254.169.254/latest' };
      for (const given of [inside, dump(inside)]) {
        const answer = await muster.call('PUT', `/v1/vendor-account/${id}`, {
          body: { settings: { connector: given } },
        });
        expect(answer.status).toBe(400);
        expect(answer.body['error_msg']).toContain('settings.connector.base_url: 169.254.169.254 is');
      }
    });
  },
);
