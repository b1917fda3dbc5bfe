import { once } from 'node:events';
import { connect } from 'node:net';

import { expect, it, jest } from '@jest/globals';

import { Readiness } from '#metrics';

import { EventSource } from '../../../test/support/event-source.js';
import { eventually } from '../../../test/support/eventually.js';
import { TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';
import { vmwareAccount } from './support/vmware-account.js';

/** Well over the API's own limit of 5 s (configure-http.ts), on a slow machine. */
const PATIENCE_MS = 45_000;
/** Fewer than the pool has connections, which are all held up. */
const REQUESTS = 5;
/** Together more than the buffers between two sockets hold. */
const UNREAD_ANSWERS = 40;

/** Has what ends end by itself, and not because its time is up. */
function neverCutOff({ api }: TestMuster): void {
  jest.spyOn(api.app.getHttpServer(), 'closeAllConnections').mockImplementation(() => undefined);
}

it('ends although a client does not read what it asked for', async () => {
  const muster = await TestMuster.start({ workers: false });
  const { hostname, port } = new URL(muster.api.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => undefined); // it is cut off in the end, which is the point
  const request = `GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
  socket.write(request.repeat(UNREAD_ANSWERS));
  await once(socket, 'readable');
  const begin = Date.now();

  await muster.stopApp();

  expect(Date.now() - begin).toBeLessThan(PATIENCE_MS);
  socket.destroy();
  await muster.close();
});

it('answers what it has begun before it ends', async () => {
  const muster = await TestMuster.start({ workers: false });
  const hold = await muster.sql.connect();
  await hold.query('BEGIN; LOCK TABLE vendor_account');
  const adding = Array.from({ length: REQUESTS }, (_, number) =>
    muster.call('POST', '/v1/vendor-account', { body: vmwareAccount(`a${number}`) }),
  );
  await eventually('all requests are at work', async () => {
    const { rowCount } = await muster.sql.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rowCount === REQUESTS;
  });

  neverCutOff(muster);
  const stopped = muster.stopApp();
  await hold.query('COMMIT');
  hold.release();

  const added = await Promise.all(adding);
  await stopped;
  expect(added.map(({ status }) => status)).toEqual(Array(REQUESTS).fill(200));
  expect((await muster.sql.query('SELECT 1 FROM vendor_account')).rowCount).toBe(REQUESTS);
  await muster.close();
});

it('says that it is not ready before it stops, and serves on', async () => {
  const muster = await TestMuster.start({ workers: false });
  muster.api.app.get(Readiness).stop();

  const probed = await muster.call('GET', '/readyz', { apiKey: '' });
  expectError(probed, { status: 503, code: 'COC.00010503', message: 'stopping' });
  const served = await muster.call('GET', '/v1/vendor-account?limit=1');
  expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
  expect(muster.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  await muster.close();
});

it('ends a stream of events, and its connection', async () => {
  const muster = await TestMuster.start({ workers: false });
  const stream = new EventSource(`${muster.api.url}/v1/multicloud-resources/events`, muster);
  await eventually('the stream is open', () => stream.status === 200);
  neverCutOff(muster);

  await muster.stopApp();

  await stream.ended;
  await muster.close();
});
