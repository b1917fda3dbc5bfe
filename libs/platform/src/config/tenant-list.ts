import { ValidateBy } from 'class-validator';

import { isPrintableName, MAX_NAME_CHARACTERS } from '#domain';

import { parseCommaList } from './comma-list.js';

/** An environment variable that holds names of tenants, separated by commas; none is fine. */
export function TenantList(): PropertyDecorator {
  return ValidateBy({
    name: 'tenantList',
    validator: {
      validate: (text) => typeof text === 'string' && parseCommaList(text).every(isPrintableName),
      defaultMessage: () =>
        `must be names of tenants of 1 to ${String(MAX_NAME_CHARACTERS)} printable characters, separated by commas`,
    },
  });
}
