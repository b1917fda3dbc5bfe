import type { LoggerService } from '@nestjs/common';
import { destination, type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

import type { Configuration } from '../config/configuration.js';
import { currentTrace } from '../tracing/traced-work.js';
import { currentLogFields } from './log-context.js';

export type { Logger } from 'pino';

const STDERR = 2;

/** Fields that never reach a log, down to {@link SECRET_DEPTH}. A last line: nothing should log them. */
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
  'command.args', // of ioredis' errors: those of HELLO and AUTH have the password in it
];

/** How deep in a logged object secret fields are looked for: `err.config.headers.authorization` is 4. */
const SECRET_DEPTH = 4;
const SECRET_PATHS = Array.from({ length: SECRET_DEPTH }, (_, level) => '*.'.repeat(level)).flatMap(
  (prefix) => SECRET_FIELDS.map((field) => prefix + field),
);

/**
 * The process's structured log: one JSON object a line, or coloured text for people. On standard error
 * unless told otherwise.
 * Lines about work carry the ids of what it is about, and of its span where it is traced: see {@link logWith}.
 */
export function createLogger(options: Configuration['log'], output?: DestinationStream): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => ({ ...currentLogFields(), ...currentTrace() }),
    redact: SECRET_PATHS,
  };
  if (options.format === 'json') return pino(settings, output ?? destination({ dest: STDERR, sync: true }));
  const colorize = output === undefined && process.stderr.isTTY;
  return pino(settings, pretty({ destination: output ?? STDERR, sync: true, colorize }));
}

/** Lets Nest write to our log: its own chatter at debug level, its warnings and errors as they are. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const [stack, context] = rest.length > 1 ? rest : [undefined, rest[0]];
    this.logger.error(
      { context, stack, err: message instanceof Error ? message : undefined },
      String(message),
    );
  }

  fatal(message: unknown, context?: string): void {
    this.logger.fatal({ context }, String(message));
  }

  debug(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  verbose(message: unknown, context?: string): void {
    this.logger.trace({ context }, String(message));
  }
}
