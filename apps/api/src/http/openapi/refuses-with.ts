import { ApiExtension } from '@nestjs/swagger';

import { API_ERRORS, type ApiErrorName } from '../api-error.js';

/** An error that an operation may answer. */
export interface Refusal {
  status: number;
  code: string;
  /** A sentence. */
  when: string;
}

/** Where an operation of the generated document has what {@link RefusesWith} said; describeApi takes it out again. */
export const REFUSALS = 'x-refusals';

/**
 * Says which errors of its own a route answers, and when each; describeApi adds those of every route.
 * @param status another than the error's usual one
 */
export const RefusesWith = (when: Partial<Record<ApiErrorName, string>>, status?: number): MethodDecorator =>
  ApiExtension(REFUSALS, toRefusals(when, status));

export function toRefusals(when: Partial<Record<ApiErrorName, string>>, status?: number): Refusal[] {
  return Object.entries(when).map(([name, sentence]) => {
    const kind = API_ERRORS[name as ApiErrorName];
    return { status: status ?? kind.status, code: kind.code, when: sentence };
  });
}
