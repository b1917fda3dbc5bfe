import type { MusterClient, Schemas } from '#client';

const PAGE = { limit: 500, wait: '5s' } as const;

/** A consumer that reads both feeds from their beginning, as a copy of the inventory elsewhere would. */
export class Followers {
  /** Events by their ids, with how often each came. */
  readonly events = new Map<string, number>();
  /** How often each change came, by its id. */
  readonly changes = new Map<string, number>();
  /** The resources that there are, by what the changes say. */
  readonly copy = new Set<string>();
  private readonly stopping = new AbortController();
  private readonly running: Promise<unknown>;

  constructor(private readonly client: MusterClient) {
    this.running = Promise.all([this.followEvents(), this.followChanges()]);
    this.running.catch(() => undefined); // who waits for the end is told
  }

  /** Reads on until nothing more comes. */
  async finish(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async followEvents(): Promise<void> {
    let marker: string | undefined;
    for (;;) {
      const query = { ...PAGE, ...(marker === undefined ? {} : { marker }) };
      const isLast = this.stopping.signal.aborted;
      const page = await this.client.get('/v1/multicloud-resources/events', { params: { query } });
      if (typeof page === 'string') throw new Error('Events came as a stream that nobody has asked for.');
      for (const { id } of page.data) count(this.events, id);
      marker = page.next_marker;
      if (isLast && page.data.length === 0) return;
    }
  }

  private async followChanges(): Promise<void> {
    let marker: string | undefined;
    for (;;) {
      const query = { ...PAGE, ...(marker === undefined ? {} : { marker }) };
      const isLast = this.stopping.signal.aborted;
      const page = await this.client.get('/v1/multicloud-resources/changes', { params: { query } });
      for (const change of page.data) this.apply(change);
      marker = page.next_marker;
      if (isLast && page.data.length === 0) return;
    }
  }

  private apply({ id, kind, cmdb_resource_id: resource }: Schemas['FeedChange']): void {
    count(this.changes, id);
    if (kind === 'DELETED') this.copy.delete(resource);
    else this.copy.add(resource);
  }
}

function count(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}
