import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiSecurity } from '@nestjs/swagger';

import type { Action } from '#domain';

/** Who may call a route: anybody, any caller that is known, or who may do the action. */
export type Access = 'anybody' | 'any caller' | Action;

/** Where a route says so. Each has to, or Muster does not start (route-check.ts). */
export const ACCESS = 'access';

/** Marks a route that anybody may call. */
export const Public = () => SetMetadata(ACCESS, 'anybody' satisfies Access);

/** Marks a route for any caller that is known, since all it tells is who they are. */
export const AnyCaller = () => forKnown('any caller');

/** Marks a route for callers whose policy allows the action. */
export const Requires = (action: Action) =>
  applyDecorators(forKnown(action), ApiExtension('x-required-action', action));

function forKnown(access: Access): MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCESS, access),
    ApiSecurity('signature'),
    ApiBearerAuth(),
    ApiSecurity('token'),
  );
}
