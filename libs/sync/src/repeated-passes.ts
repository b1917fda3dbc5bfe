export interface RepeatedPassesOptions {
  /** How long after the end of a pass the next one begins, in milliseconds. */
  everyMs: number;
  /** Told of a pass that failed; the next one comes all the same. */
  onError: (error: unknown) => void;
}

/** Does something again and again, one pass at a time. */
export class RepeatedPasses {
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly pass: () => Promise<void>,
    private readonly options: RepeatedPassesOptions,
  ) {}

  /** For passes to end early. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** Makes a first pass at once. */
  start(): void {
    const { everyMs, onError } = this.options;
    this.current = this.pass()
      .catch(onError)
      .finally(() => {
        if (this.stopped) return;
        this.timer = setTimeout(() => {
          this.start();
        }, everyMs);
      });
  }

  /** Makes no further pass, and waits for the end of the one in work. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.current;
  }
}
