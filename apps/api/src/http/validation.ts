import { ValidationPipe } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError, type ValidatorOptions } from 'class-validator';

import { ApiError } from './api-error.js';

/** Unknown fields are refused: a misspelt filter must not silently select everything. */
const OPTIONS: ValidatorOptions = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true };

/** Checks bodies and queries against their DTOs. */
export function createValidationPipe(): ValidationPipe {
  return new ValidationPipe({ ...OPTIONS, transform: true, exceptionFactory: toInvalidParameter });
}

/**
 * A plain object as an instance of a class with class-validator decorators.
 * @throws {ApiError} that names each wrong field, under `prefix`.
 */
export async function parseAs<T extends object>(
  type: new () => T,
  plain: object,
  prefix: string,
): Promise<T> {
  const instance = plainToInstance(type, plain);
  const errors = await validate(instance, OPTIONS);
  if (errors.length > 0) throw toInvalidParameter(errors, `${prefix}.`);
  return instance;
}

function toInvalidParameter(errors: readonly ValidationError[], prefix = ''): ApiError {
  return new ApiError('invalidParameter', errors.flatMap((error) => describe(error, prefix)).join('; '));
}

function describe({ property, constraints, children }: ValidationError, prefix: string): string[] {
  const own = Object.entries(constraints ?? {}).map(([rule, message]) =>
    rule === 'whitelistValidation' ? `${prefix}${property} is not known here` : prefix + message,
  );
  // One reason a field is enough, and class-validator lists the last decorator's first.
  return [...own.slice(-1), ...(children ?? []).flatMap((child) => describe(child, `${prefix}${property}.`))];
}
