import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, DiscoveryModule } from '@nestjs/core';

import { type Configuration, LOGGER, type Logger } from '#platform';
import { AddressPolicy, HostIdentityPolicy } from '#vendor-kit';

import { AccountChecksController } from './accounts/account-checks.controller.js';
import { AccountDocumentsController } from './accounts/account-documents.controller.js';
import { AccountsController } from './accounts/accounts.controller.js';
import { CoverageController } from './accounts/coverage.controller.js';
import { SettingsReader } from './accounts/settings-reader.js';
import { AuditGuard } from './audit/audit.guard.js';
import { AuditLogController } from './audit/audit-log.controller.js';
import { AuditTrail } from './audit/audit-trail.js';
import { ChangesController } from './changes/changes.controller.js';
import { EventStreams } from './feeds/event-stream.js';
import { FeedsController } from './feeds/feeds.controller.js';
import { Feeds } from './feeds/feeds.js';
import { HealthController } from './health/health.controller.js';
import { ApiErrorFilter } from './http/api-error.filter.js';
import { AccessKeys } from './http/authentication/access-keys.js';
import { AuthenticationGuard } from './http/authentication/authentication.guard.js';
import { Authenticator } from './http/authentication/authenticator.js';
import { SignatureAuthenticator } from './http/authentication/signature.authenticator.js';
import { AuthorizationGuard } from './http/authorization/authorization.guard.js';
import { RouteCheck } from './http/authorization/route-check.js';
import { IdempotencyInterceptor } from './http/idempotency.interceptor.js';
import { JsonBody } from './http/json-body.js';
import { Markers } from './http/markers/markers.js';
import { RateLimitGuard } from './http/rate-limit/rate-limit.guard.js';
import { RateLimits } from './http/rate-limit/rate-limits.js';
import { createValidationPipe } from './http/validation.js';
import { DirectoryController } from './iam/directory.controller.js';
import { TokensController } from './iam/tokens.controller.js';
import { ResourcesController } from './resources/resources.controller.js';
import { RpcController } from './rpc/rpc.controller.js';
import { SchedulesController } from './schedules/schedules.controller.js';
import { PrunesController } from './sync-tasks/prunes.controller.js';
import { PushesController } from './sync-tasks/pushes.controller.js';
import { SyncTasksController } from './sync-tasks/sync-tasks.controller.js';
import { TransitionsController } from './sync-tasks/transitions.controller.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

/** The HTTP API. It starts work and reads results; it never calls a cloud. */
@Module({
  imports: [DiscoveryModule],
  controllers: [
    AccountsController,
    AccountChecksController,
    AccountDocumentsController,
    CoverageController,
    PrunesController,
    PushesController,
    SyncTasksController,
    TransitionsController,
    FeedsController,
    ResourcesController,
    ChangesController,
    SchedulesController,
    WebhooksController,
    AuditLogController,
    DirectoryController,
    TokensController,
    HealthController,
    RpcController,
  ],
  providers: [
    AccessKeys,
    AuditTrail,
    Authenticator,
    EventStreams,
    Feeds,
    Markers,
    SignatureAuthenticator,
    RouteCheck,
    SettingsReader,
    { provide: APP_FILTER, useClass: ApiErrorFilter },
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: AuditGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_GUARD, useClass: AuthorizationGuard },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
    { provide: APP_INTERCEPTOR, useClass: JsonBody },
    { provide: APP_PIPE, useFactory: createValidationPipe },
  ],
})
export class ApiModule {
  static forRoot({
    endpointNetworks,
    hostIdentityTenants,
    rateLimits,
  }: Pick<Configuration, 'endpointNetworks' | 'hostIdentityTenants' | 'rateLimits'>): DynamicModule {
    return {
      module: ApiModule,
      providers: [
        { provide: AddressPolicy, useValue: new AddressPolicy(endpointNetworks) },
        { provide: HostIdentityPolicy, useValue: new HostIdentityPolicy(hostIdentityTenants) },
        {
          provide: RateLimits,
          inject: [LOGGER],
          useFactory: (log: Logger) => new RateLimits(rateLimits, log),
        },
      ],
    };
  }
}
