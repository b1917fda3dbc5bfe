import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Redis, type RedisOptions } from 'ioredis';

import { projectRoot } from '#platform';

/** Of the user `default`, who may do anything. */
export const ADMIN_PASSWORD = 'admins-hunter2';

/** It has characters that a URL has to write otherwise. */
export const MUSTER_PASSWORD = 'musters-hunter2#%/?@:';

/** Muster's user and password, as they stand in a URL. */
export const MUSTER_USER = `muster:${encodeURIComponent(MUSTER_PASSWORD)}`;

/** Arguments of a server that lets in nobody but an administrator and Muster, with the rights of docs/redis.md. */
export async function accessArguments(of: 'redis' | 'sentinel' = 'redis'): Promise<string[]> {
  const document = await readFile(join(projectRoot, 'docs/redis.md'), 'utf8');
  const users = [...document.matchAll(/^ACL SETUSER muster on >secret (.+)$/gm)].map(
    ([, rules = '']) => rules,
  );
  const rules = users.find((each) => each.includes('+sentinel|') === (of === 'sentinel'));
  if (rules === undefined) throw new Error(`docs/redis.md has no user for ${of}.`);
  const user = ['muster', 'on', `>${MUSTER_PASSWORD}`, ...rules.split(' ')];
  return ['--requirepass', ADMIN_PASSWORD, '--user', ...user];
}

/** Does something at a server as its administrator. */
export async function asAdministrator<Result>(
  server: RedisOptions & { port: number },
  work: (client: Redis) => Promise<Result>,
): Promise<Result> {
  const client = new Redis({
    ...server,
    password: ADMIN_PASSWORD,
    enableReadyCheck: false,
  } as RedisOptions & {
    replyMapping: 'legacy';
  });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}
