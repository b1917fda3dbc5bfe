import { Transform } from 'class-transformer';

/** Clients send an empty value for a parameter they don't set (the Go SDK: `&marker`): it counts as absent. */
export const EmptyIsAbsent = () =>
  Transform(({ value }: { value: unknown }) => (value === '' ? undefined : value));

/** A whole number, from a query string; anything else stays as it is, for the validator to refuse. */
export const WholeNumber = () =>
  Transform(({ value }: { value: unknown }) => {
    if (value === '') return undefined;
    return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  });

/** A repeated parameter: one value arrives as a string. Values are never split: names may hold commas. */
export const RepeatedValue = () =>
  Transform(({ value }: { value: unknown }) => {
    if (value === undefined || value === '') return undefined;
    return Array.isArray(value) ? (value as unknown[]) : [value];
  });

/** `true` or `false`, from a query string; anything else stays as it is, for the validator to refuse. */
export const TrueOrFalse = () =>
  Transform(({ value }: { value: unknown }) => {
    if (value === '') return undefined;
    return value === 'true' || value === 'false' ? value === 'true' : value;
  });
