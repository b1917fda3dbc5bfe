import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

const MAX_SECONDS = 60;
/** Whole seconds up to that. */
const SECONDS = /^([0-5]?[0-9]|60)s?$/;
const WAIT = { message: `wait must be from 0s to ${String(MAX_SECONDS)}s, such as 30s` };

/**
 * How long an answer may be waited for, in whole seconds: a number.
 * @param what when it comes, for the documentation
 */
export const WaitTime = (what: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: String,
      pattern: SECONDS.source,
      default: '0s',
      description: `${what}: how long to wait for that, up to ${String(MAX_SECONDS)}s.`,
    }),
    Transform(({ value }: { value: unknown }) => {
      if (value === '') return undefined;
      return typeof value === 'string' && SECONDS.test(value) ? Number.parseInt(value, 10) : value;
    }),
    IsOptional(),
    IsInt(WAIT),
    Min(0, WAIT),
    Max(MAX_SECONDS, WAIT),
  );
