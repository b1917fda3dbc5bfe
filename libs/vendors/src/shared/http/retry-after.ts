/**
 * How long an answer asks to wait, in milliseconds: `Retry-After` in seconds or as a date.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterOf(value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  return waitOf(Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now());
}

/** A wait that makes sense, in whole milliseconds. */
export function waitOf(milliseconds: number): number | undefined {
  return Number.isFinite(milliseconds) ? Math.max(0, Math.ceil(milliseconds)) : undefined;
}
