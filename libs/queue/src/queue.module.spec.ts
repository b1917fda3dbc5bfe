import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

import { expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';

import { StartError } from '#platform';

import { QueueModule } from './queue.module.js';

class QueueProcess {}

it('tries no other queue than the given one', async () => {
  const refused = new Set<number | undefined>();
  const heed = (message: unknown) => {
    (message as { socket: Socket }).socket.on('error', ({ port }: Error & { port?: number }) => {
      refused.add(port);
    });
  };
  subscribe('net.client.socket', heed);
  const queue = QueueModule.forRoot({
    url: 'redis://127.0.0.1:1',
    vendors: ['VMWARE'],
    onError: () => undefined,
    onWarning: () => undefined,
  });

  const starting = NestFactory.createApplicationContext(
    { module: QueueProcess, imports: [queue] },
    { logger: false, abortOnError: false },
  );

  await expect(starting).rejects.toThrow(StartError);
  await new Promise(setImmediate);
  unsubscribe('net.client.socket', heed);
  expect([...refused]).toEqual([1]);
});
