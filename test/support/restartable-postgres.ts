import pg from 'pg';

import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../libs/platform/src/embedded-postgres/index.js';

/** `fast` ends all sessions and stops; `immediate` dies on the spot and recovers from its log. */
export type StopMode = 'fast' | 'immediate';

/** What is committed survives the server's death, if not the machine's. */
const SETTINGS = { fsync: 'off' };

/** A PostgreSQL server of a test's own, that comes back where it was, with all that it had. */
export class RestartablePostgres {
  /** The last of the restarts that were asked for. */
  private restarting: Promise<void> = Promise.resolve();

  private constructor(
    private readonly dataDirectory: string,
    private server: EmbeddedPostgres,
  ) {}

  static async start(dataDirectory: string): Promise<RestartablePostgres> {
    return new RestartablePostgres(
      dataDirectory,
      await startEmbeddedPostgres({ dataDirectory, settings: SETTINGS }),
    );
  }

  get url(): string {
    return this.server.url('postgres');
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    if (mode === 'immediate') process.kill(await this.findProcess(), 'SIGQUIT');
    await this.server.stop();
  }

  /** Starts it again after a {@link stop}. */
  async resume(): Promise<void> {
    const { port } = this.server;
    this.server = await startEmbeddedPostgres({
      dataDirectory: this.dataDirectory,
      settings: SETTINGS,
      port,
    });
  }

  /** One at a time, however many ask for it. */
  async restart(mode: StopMode): Promise<void> {
    this.restarting = this.restarting.then(async () => {
      await this.stop(mode);
      await this.resume();
    });
    await this.restarting;
  }

  async remove(): Promise<void> {
    await this.server.remove();
  }

  private async findProcess(): Promise<number> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ file: string }>("SELECT pg_read_file('postmaster.pid') AS file");
      return Number.parseInt(rows[0]?.file ?? '', 10);
    } finally {
      await client.end();
    }
  }
}
