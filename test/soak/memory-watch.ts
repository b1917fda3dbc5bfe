import { Scrape } from '../support/scrape.js';

/** Until then caches, pools and the heap grow to their size: a third of the time. */
const WARM_UP = 1 / 3;
/** What the heap's floor and the resident memory may grow by beside that, in bytes and as a factor. */
const FREE_GROWTH = 16 * 1024 ** 2;
const FREE_FACTOR = 1.15;
const WINDOWS = 4;
/** With fewer looks, ten seconds each, nothing can be said of it. */
const MIN_SAMPLES = 60;

interface Sample {
  heap: number;
  resident: number;
}

/** Watches the memory of a process by its own figures. */
export class MemoryWatch {
  private readonly samples: Sample[] = [];

  constructor(
    readonly name: string,
    /** The operators' port of the process. */
    private readonly url: string,
  ) {}

  async look(): Promise<void> {
    const scrape = await Scrape.at(this.url);
    this.samples.push({
      heap: scrape.sum('nodejs_heap_size_used_bytes'),
      resident: scrape.sum('process_resident_memory_bytes'),
    });
  }

  /** In MiB, as last seen. */
  get resident(): number {
    return Math.round((this.samples.at(-1)?.resident ?? 0) / 1024 ** 2);
  }

  /** Growth after the warm-up, in words; none is as it should be. Of a run of under ten minutes nothing is said. */
  complaints(): string[] {
    const after = this.samples.slice(Math.floor(this.samples.length * WARM_UP));
    if (this.samples.length < MIN_SAMPLES) return [];
    const size = Math.floor(after.length / WINDOWS);
    // What garbage collection leaves; the resident memory, on the contrary, at its highest.
    const [first, last] = [after.slice(0, size), after.slice(-size)];
    return [
      ...this.growth('heap', floor(first), floor(last)),
      ...this.growth('resident memory', ceiling(first), ceiling(last)),
    ];
  }

  private growth(what: string, before: number, now: number): string[] {
    const toMib = (bytes: number) => `${String(Math.round(bytes / 1024 ** 2))} MiB`;
    if (now <= before * FREE_FACTOR + FREE_GROWTH) return [];
    return [`${this.name}: its ${what} has grown from ${toMib(before)} to ${toMib(now)} after the warm-up`];
  }
}

const floor = (samples: readonly Sample[]) => Math.min(...samples.map(({ heap }) => heap));
const ceiling = (samples: readonly Sample[]) => Math.max(...samples.map(({ resident }) => resident));
