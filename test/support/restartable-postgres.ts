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

  async restart(mode: StopMode): Promise<void> {
    await this.stop(mode);
    await this.resume();
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
