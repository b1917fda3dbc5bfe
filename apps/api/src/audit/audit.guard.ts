import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';

import type { AuthenticatedRequest } from '../http/caller.js';
import { AuditTrail } from './audit-trail.js';

/** Opens the audit log's entry of a write. Stands behind the authentication and before all that may refuse it. */
@Injectable()
export class AuditGuard implements CanActivate {
  constructor(@Inject(AuditTrail) private readonly trail: AuditTrail) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (request.caller !== undefined) {
      const { credentialId, tenantId } = request.caller;
      this.trail.begin(request, { credentialId, tenantId });
    }
    return true;
  }
}
