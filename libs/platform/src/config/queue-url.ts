import { ValidateBy } from 'class-validator';

import { isRedisUrl, parseRedisUrl } from './redis-url.js';

const POSTGRES = /^postgres(ql)?:\/\/\S+$/;

/** An environment variable that says where queues are: in a Postgres, or in a Redis of any topology. */
export function QueueUrl(): PropertyDecorator {
  return ValidateBy({
    name: 'queueUrl',
    validator: {
      validate: (text) => findFault(text) === undefined,
      defaultMessage: (of) => findFault(of?.value) ?? '',
    },
  });
}

/** What the text must be instead, and nothing of what it is. */
function findFault(text: unknown): string | undefined {
  if (typeof text === 'string' && POSTGRES.test(text)) return undefined;
  if (typeof text !== 'string' || !isRedisUrl(text)) {
    return 'must be a redis://, rediss:// or postgres:// URL, or redis+sentinel:// or redis+cluster://';
  }
  try {
    parseRedisUrl(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
