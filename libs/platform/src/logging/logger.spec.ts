import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import { currentLogFields, logApart, logWith } from './log-context.js';
import { createLogger, NestLogger } from './logger.js';

const SECRET = 'hunter2';
const SECRET_FIELDS = [
  'sk',
  'ak',
  'password',
  'authorization',
  'cookie',
  'sealedSk',
  'apiKey',
  'secret',
  'token',
];

/** A logger and all that it has written. */
function collect(options: Partial<Parameters<typeof createLogger>[0]> = {}) {
  let written = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString('utf8');
      done();
    },
  });
  const logger = createLogger({ level: 'trace', format: 'json', ...options }, output);
  return {
    logger,
    text: () => written,
    lines: () =>
      written
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** `{ a: { a: { [field]: value } } }`, with `depth` fields to the innermost. */
function nested(field: string, depth: number): object {
  let value: object = { [field]: SECRET, kept: 'kept' };
  for (let level = 1; level < depth; level += 1) value = { inner: value };
  return value;
}

describe('createLogger', () => {
  it('writes one JSON object a line, with level and time in words', () => {
    const { logger, lines } = collect();
    logger.info({ task: 't' }, 'run ended');
    logger.child({ unit: 'u' }).warn('slow');
    expect(lines()).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), task: 't', msg: 'run ended' },
      { level: 'warn', time: expect.any(String), unit: 'u', msg: 'slow' },
    ]);
  });

  it('keeps what a command of Redis was asked with out of its error', () => {
    const { logger, text } = collect();
    const refused = Object.assign(new Error('WRONGPASS'), {
      command: { name: 'hello', args: ['3', 'AUTH', 'muster', SECRET] },
    });
    logger.warn({ err: refused });
    logger.warn({ err: Object.assign(new Error('of all nodes'), { lastNodeError: refused }) });
    expect(text()).toContain('WRONGPASS');
    expect(text()).not.toContain(SECRET);
  });

  it('writes text for people to the same stream', () => {
    const { logger, text } = collect({ format: 'pretty' });
    logger.info({ task: 't' }, 'run ended');
    expect(text()).toMatch(/INFO.*: run ended\n/);
    expect(text()).toContain('task: "t"');
    expect(text()).not.toContain('\x1b');
  });

  it.each(['json', 'pretty'] as const)('keeps to its level (%s)', (format) => {
    const { logger, text } = collect({ format, level: 'warn' });
    logger.info('quiet');
    logger.error('loud');
    expect(text()).toContain('loud');
    expect(text()).not.toContain('quiet');
  });

  it.each(SECRET_FIELDS.flatMap((field) => [1, 2, 3, 4].map((depth): [string, number] => [field, depth])))(
    'never writes %s, at depth %d',
    (field, depth) => {
      for (const format of ['json', 'pretty'] as const) {
        const { logger, text } = collect({ format });
        logger.info(nested(field, depth), 'hello');
        expect(text()).not.toContain(SECRET);
        expect(text()).toContain('kept');
      }
    },
  );

  it('never writes a secret that a child logger was given', () => {
    const { logger, text } = collect();
    logger.child({ account: { sk: SECRET }, password: SECRET }).info('hello');
    expect(text()).not.toContain(SECRET);
  });

  it('never writes a secret field of an error, and does write the error', () => {
    const { logger, lines, text } = collect();
    const error = Object.assign(new Error('refused', { cause: new Error('deeper') }), {
      password: SECRET,
      config: { headers: { authorization: SECRET } },
    });
    logger.error({ err: error }, 'failed');
    expect(text()).not.toContain(SECRET);
    expect(lines()).toMatchObject([{ err: { type: 'Error', message: 'refused: deeper' } }]);
  });

  it('leaves what it was given as it was', () => {
    const { logger } = collect();
    const access = { sk: SECRET };
    logger.info({ access }, 'hello');
    expect(access).toEqual({ sk: SECRET });
  });
});

describe('NestLogger', () => {
  it("writes Nest's chatter at debug level and its troubles as they are", () => {
    const { logger, lines } = collect();
    const nest = new NestLogger(logger);
    nest.log('mapped', 'Router');
    nest.verbose('more');
    nest.debug('less');
    nest.warn('careful', 'Router');
    nest.error('broken', 'the stack', 'Router');
    nest.error(new Error('thrown'), 'Router');
    nest.fatal('dead');
    expect(lines()).toMatchObject([
      { level: 'debug', msg: 'mapped', context: 'Router' },
      { level: 'trace', msg: 'more' },
      { level: 'debug', msg: 'less' },
      { level: 'warn', msg: 'careful', context: 'Router' },
      { level: 'error', msg: 'broken', context: 'Router', stack: 'the stack' },
      { level: 'error', msg: 'Error: thrown', context: 'Router', err: { message: 'thrown' } },
      { level: 'fatal', msg: 'dead' },
    ]);
  });
});

describe('logWith', () => {
  it('gives lines of the work the fields of all that is around them, and none of what is beside it', async () => {
    const { logger, lines } = collect();
    await Promise.all(
      ['a', 'b'].map((task) =>
        logWith({ task, vendor: 'AWS' }, async () => {
          await new Promise(setImmediate);
          logWith({ unit: `${task}-1`, vendor: 'ALI' }, () => {
            logger.info('inner');
          });
          logger.info({ run: 'r' }, 'outer');
          logApart(() => {
            logger.info('apart');
          });
        }),
      ),
    );
    logger.info('behind');
    const [inner, outer, apart] = ['inner', 'outer', 'apart'].map((msg) =>
      lines().filter((line) => line['msg'] === msg),
    );
    expect(inner).toMatchObject(['a', 'b'].map((task) => ({ task, unit: `${task}-1`, vendor: 'ALI' })));
    expect(outer).toMatchObject(['a', 'b'].map((task) => ({ task, run: 'r', vendor: 'AWS' })));
    for (const line of [...(apart ?? []), ...lines().slice(-1)]) {
      expect(Object.keys(line)).toEqual(['level', 'time', 'msg']);
    }
  });

  it('lets nobody change the fields of the work at hand', () => {
    logWith({ task: 'a' }, () => {
      currentLogFields().task = 'b';
      expect(currentLogFields()).toEqual({ task: 'a' });
    });
  });
});
