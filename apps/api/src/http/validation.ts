import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import {
  getMetadataStorage,
  validate,
  ValidateIf,
  type ValidationError,
  type ValidatorOptions,
} from 'class-validator';

import { ApiError } from './api-error.js';
import { checkInput, depthOf, shownPath } from './check-input.js';

/** Unknown fields are refused: a misspelt filter must not silently select everything. */
const OPTIONS: ValidatorOptions = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  validationError: { target: true, value: true },
};
const UNKNOWN_FIELD = 'whitelistValidation';
/** Leaves room in the message for the fields that there are. */
const MAX_UNKNOWN_SHOWN = 3;

/** Checks bodies and queries against their DTOs. */
export function createValidationPipe(): ValidationPipe {
  return new InputPipe({ ...OPTIONS, transform: true, exceptionFactory: toInvalidParameter });
}

/** May be left out, but unlike with IsOptional not be null: where absent means "stays as it is". */
export const IsAbsentOr = () => ValidateIf((_object, value) => value !== undefined);

class InputPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      throw new ApiError('invalidParameter', 'The request body must be a JSON object: {"field": "value"}');
    }
    if (metadata.type === 'body' || metadata.type === 'query') {
      checkInput(value, depthOf(metadata.metatype));
    }
    return super.transform(value, metadata);
  }
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
  return new ApiError('invalidParameter', describeAll(errors, prefix).join('; '));
}

function describeAll(errors: readonly ValidationError[], prefix: string): string[] {
  const unknown = errors.filter(({ constraints }) => constraints?.[UNKNOWN_FIELD] !== undefined);
  const wrong = errors.filter((error) => !unknown.includes(error));
  return [...describeUnknown(unknown, prefix), ...wrong.flatMap((error) => describe(error, prefix))];
}

/** What is not known, and what is. */
function describeUnknown(errors: readonly ValidationError[], prefix: string): string[] {
  const names = errors.slice(0, MAX_UNKNOWN_SHOWN).map(({ property }) => shownPath(prefix + property));
  if (names.length === 0) return [];
  const known = fieldsOf(errors[0]?.target).map((field) => prefix + field);
  const are = names.length === 1 ? 'is' : 'are';
  return [`${names.join(', ')} ${are} not known here (known: ${known.join(', ')})`];
}

function fieldsOf(target: object | undefined): string[] {
  if (target === undefined) return [];
  const rules = getMetadataStorage().getTargetValidationMetadatas(target.constructor, '', true, false);
  return [...new Set(rules.map(({ propertyName }) => propertyName))];
}

function describe(error: ValidationError, prefix: string): string[] {
  const { property, constraints = {}, children = [] } = error;
  const isMissing = error.value === undefined;
  // One reason a field is enough, and class-validator lists the last decorator's first.
  const own = Object.values(constraints).slice(-1);
  const reasons = isMissing ? own.map((rule) => describeMissing(property, rule)) : own;
  return [...reasons.map((reason) => prefix + reason), ...describeAll(children, `${prefix}${property}.`)];
}

function describeMissing(property: string, rule: string): string {
  const must = `${property} must`;
  return rule.startsWith(must) ? `${property} is missing: it must${rule.slice(must.length)}` : rule;
}
