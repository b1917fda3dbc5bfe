import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';

import type { PruneLimits } from '#domain';
import { type Retention, Vault } from '#platform';

import { AccountRepository } from './accounts/account.repository.js';
import { AccountCheckRepository } from './accounts/account-check.repository.js';
import { AccountDocumentRepository } from './accounts/account-document.repository.js';
import { CallBucketRepository } from './accounts/call-bucket.repository.js';
import { CoverageRepository } from './accounts/coverage.repository.js';
import { AuditLogRepository } from './audit/audit-log.repository.js';
import { ChangeRepository } from './changes/change.repository.js';
import { CredentialRepository } from './credentials/credential.repository.js';
import { CredentialAdministration } from './credentials/credential-administration.js';
import { SessionTokenRepository } from './credentials/session-token.repository.js';
import { UsedSignatureRepository } from './credentials/used-signature.repository.js';
import { Database, type DatabaseOptions } from './database.js';
import { FleetRepository } from './fleet/fleet.repository.js';
import { IdempotencyRepository } from './idempotency/idempotency.repository.js';
import { InventoryRepository } from './inventory/inventory.repository.js';
import { PruneRepository } from './inventory/prune.repository.js';
import { FeedRepository } from './outbox/feed.repository.js';
import { OutboxRepository } from './outbox/outbox.repository.js';
import { ResourceRepository } from './resources/resource.repository.js';
import { RetentionRepository } from './retention/retention.repository.js';
import { ScheduleRepository } from './schedules/schedule.repository.js';
import { PlanRepository } from './sync/plan.repository.js';
import { ProgressRepository } from './sync/progress.repository.js';
import { PushRepository } from './sync/push.repository.js';
import { RunRepository } from './sync/run.repository.js';
import { TaskRepository } from './sync/task.repository.js';
import { TransitionRepository } from './sync/transition.repository.js';
import { UnitRepository } from './sync/unit.repository.js';
import { WebhookRepository } from './webhooks/webhook.repository.js';
import { WebhookDeliveryRepository } from './webhooks/webhook-delivery.repository.js';

const REPOSITORIES = [
  AccountCheckRepository,
  AuditLogRepository,
  CallBucketRepository,
  ChangeRepository,
  CoverageRepository,
  FeedRepository,
  FleetRepository,
  IdempotencyRepository,
  OutboxRepository,
  PlanRepository,
  ProgressRepository,
  PushRepository,
  ResourceRepository,
  RunRepository,
  ScheduleRepository,
  SessionTokenRepository,
  TaskRepository,
  TransitionRepository,
  UnitRepository,
  UsedSignatureRepository,
  WebhookDeliveryRepository,
  WebhookRepository,
] as const;

/** Those that open or seal secrets, too. */
const WITH_VAULT = [AccountDocumentRepository, CredentialAdministration, CredentialRepository] as const;

/** Those that depend on how long things are kept. */
const WITH_RETENTION = [PruneRepository, RetentionRepository] as const;

export interface DatabaseModuleOptions extends DatabaseOptions {
  retention: Retention;
  pruneLimits: PruneLimits;
}

/** The process's database connection and all repositories on it. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(Database) private readonly database: Database) {}

  static forRoot({ retention, pruneLimits, ...options }: DatabaseModuleOptions): DynamicModule {
    const repositories = REPOSITORIES.map((repository) => ({
      provide: repository,
      inject: [Database],
      useFactory: (database: Database) => new repository(database),
    }));
    const withVault = WITH_VAULT.map((repository) => ({
      provide: repository,
      inject: [Database, Vault],
      useFactory: (database: Database, vault: Vault) => new repository(database, vault),
    }));
    const withRetention = WITH_RETENTION.map((repository) => ({
      provide: repository,
      inject: [Database],
      useFactory: (database: Database) => new repository(database, retention),
    }));
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: Database, useFactory: () => new Database(options) },
        ...repositories,
        ...withVault,
        ...withRetention,
        {
          provide: InventoryRepository,
          inject: [Database],
          useFactory: (database: Database) => new InventoryRepository(database, pruneLimits),
        },
        {
          provide: AccountRepository,
          inject: [Database, RunRepository],
          useFactory: (database: Database, runs: RunRepository) => new AccountRepository(database, runs),
        },
      ],
      exports: [
        Database,
        ...REPOSITORIES,
        ...WITH_VAULT,
        ...WITH_RETENTION,
        AccountRepository,
        InventoryRepository,
      ],
    };
  }

  /** Last: by then the workers have stopped and the HTTP server is closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
