import { type Database, isMigrated } from '#database';
import type { Logger } from '#platform';
import type { SyncQueue } from '#queue';

/** How long a probe waits for its answer, in milliseconds: longer, and it is no. */
const PATIENCE_MS = 3_000;

/** Whether the process can do its work: what is in its way goes into the log, once, and not to who asks. */
export class Readiness {
  private stopping = false;
  private obstacle: string | undefined;

  constructor(
    private readonly database: Pick<Database, 'pool'>,
    private readonly queue: Pick<SyncQueue, 'ping'>,
    private readonly log: Logger,
  ) {}

  /** From now on the process is not ready: nothing new shall be given to it. */
  stop(): void {
    this.stopping = true;
  }

  /** Whether the process has begun to stop. It still does what it is asked. */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** Whether Postgres answers and has all migrations, and the queue answers. */
  async isReady(): Promise<boolean> {
    if (this.stopping) return false;
    const found = await this.findObstacle();
    if (found !== this.obstacle) {
      if (found === undefined) this.log.info('ready again');
      else this.log.warn({ reason: found }, 'not ready');
    }
    this.obstacle = found;
    return found === undefined;
  }

  private async findObstacle(): Promise<string | undefined> {
    const found = await Promise.all([
      inTime(this.lookAtDatabase(), 'the database does not answer'),
      inTime(
        this.queue.ping().then(() => undefined),
        'the queue does not answer',
      ),
    ]);
    return found.find((obstacle) => obstacle !== undefined);
  }

  private async lookAtDatabase(): Promise<string | undefined> {
    return (await isMigrated(this.database)) ? undefined : 'the database lacks migrations of this version';
  }
}

/** The obstacle that a look finds; `otherwise` where it fails or takes too long. */
async function inTime(look: Promise<string | undefined>, otherwise: string): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      resolve(otherwise);
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([look.catch(() => otherwise), limit]);
  } finally {
    clearTimeout(timer);
  }
}
