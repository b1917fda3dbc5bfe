/** An event of a stream, as WHATWG HTML (9.2.6) has it read. */
export interface StreamedEvent {
  id?: string;
  event?: string;
  data: string;
}

/** Follows Server-Sent Events, and keeps what came. */
export class EventSource {
  readonly events: StreamedEvent[] = [];
  /** Resolves when the answer is over, or was closed. */
  readonly ended: Promise<void>;
  status: number | undefined;
  contentType: string | null | undefined;
  private readonly closing = new AbortController();

  constructor(url: string, { apiKey, lastEventId }: { apiKey: string; lastEventId?: string }) {
    this.ended = this.follow(url, {
      Accept: 'text/event-stream',
      Authorization: `Bearer ${apiKey}`,
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    });
  }

  close(): void {
    this.closing.abort();
  }

  private async follow(url: string, headers: Record<string, string>): Promise<void> {
    try {
      const answer = await fetch(url, { headers, signal: this.closing.signal });
      this.status = answer.status;
      this.contentType = answer.headers.get('Content-Type');
      if (answer.body === null) return;
      let text = '';
      for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.take(block);
      }
    } catch (error) {
      if (!this.closing.signal.aborted) throw error;
    }
  }

  private take(block: string): void {
    const fields = block.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line) ?? []);
    const find = (name: string) => fields.find(([, field]) => field === name)?.[2];
    const [id, event, data] = [find('id'), find('event'), find('data')];
    if (data === undefined) return;
    this.events.push({
      ...(id === undefined ? {} : { id }),
      ...(event === undefined ? {} : { event }),
      data,
    });
  }
}
