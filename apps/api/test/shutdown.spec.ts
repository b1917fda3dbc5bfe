import { once } from 'node:events';
import { connect } from 'node:net';

import { expect, it } from '@jest/globals';

import { eventually } from '../../../test/support/eventually.js';
import { TestMuster } from '../../../test/support/test-muster.js';
import { vmwareAccount } from './support/vmware-account.js';

/** The API's own limit; see configure-http.ts. */
const CLOSE_TIMEOUT_MS = 5_000;
/** Well over it, on a slow machine. */
const PATIENCE_MS = 3 * CLOSE_TIMEOUT_MS;
/** Fewer than the pool has connections, which are all held up. */
const REQUESTS = 5;
/** Together more than the buffers between two sockets hold. */
const UNREAD_ANSWERS = 40;

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

  const begin = Date.now();
  const stopped = muster.stopApp();
  await hold.query('COMMIT');
  hold.release();

  const added = await Promise.all(adding);
  await stopped;
  // By itself, and not because its time was up.
  expect(Date.now() - begin).toBeLessThan(CLOSE_TIMEOUT_MS);
  expect(added.map(({ status }) => status)).toEqual(Array(REQUESTS).fill(200));
  expect((await muster.sql.query('SELECT 1 FROM vendor_account')).rowCount).toBe(REQUESTS);
  await muster.close();
});
