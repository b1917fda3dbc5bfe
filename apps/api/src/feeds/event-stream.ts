import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';

import { Inject, Injectable } from '@nestjs/common';

import {
  type EventFilter,
  type FeedPage,
  type FeedPosition,
  FeedRepository,
  ProgressRepository,
  type TaskProgress,
} from '#database';
import { isTaskOver } from '#domain';
import { FeedWatch } from '#sync';

import { ApiError } from '../http/api-error.js';
import { toFeedEventDto } from './dto/feed-event.dto.js';
import { toTaskProgressDto } from './dto/task-progress.dto.js';

/** How far open tasks are is looked at so often, in milliseconds. */
const PROGRESS_EVERY_MS = 1_000;
/** Proxies end connections that say nothing for a minute. */
const BEAT_EVERY_MS = 15_000;
/** Who follows comes again then, and is authenticated and authorized anew. */
const MAX_STREAM_MS = 600_000;
/** How soon a client is to come again, in milliseconds. */
const RETRY_MS = 2_000;
const PAGE_EVENTS = 100;
const MAX_OPEN_TASKS = 100;
/** Of a tenant, in a process. */
const MAX_STREAMS = 200;

export interface StreamRequest {
  tenantId: string;
  filter: EventFilter;
  position: FeedPosition;
  toMarker: (position: FeedPosition) => string;
}

/**
 * Server-Sent Events (WHATWG HTML, 9.2): a tenant's or a task's events, each with its marker as its id, so that who
 * comes again with `Last-Event-ID` misses none; and between them, without ids, how far open tasks are.
 */
@Injectable()
export class EventStreams {
  private readonly open = new Map<string, number>();
  private readonly looks = new Map<string, { at: number; tasks: Promise<TaskProgress[]> }>();

  constructor(
    @Inject(FeedRepository) private readonly feeds: FeedRepository,
    @Inject(ProgressRepository) private readonly progress: ProgressRepository,
    @Inject(FeedWatch) private readonly watch: FeedWatch,
  ) {}

  /**
   * A stream that goes on until the signal aborts, the task is over, ten minutes have passed or the process ends.
   * @throws {ApiError} when the tenant has too many
   */
  start(request: StreamRequest, signal: AbortSignal): Readable {
    const { tenantId } = request;
    const others = this.open.get(tenantId) ?? 0;
    if (others >= MAX_STREAMS) {
      throw new ApiError('tooManyRequests', `There are ${String(MAX_STREAMS)} streams open: close some.`);
    }
    this.open.set(tenantId, others + 1);
    const stream = Readable.from(inThisContext(this.messages(request, signal)), { objectMode: false });
    stream.once('close', () => {
      const left = (this.open.get(tenantId) ?? 1) - 1;
      if (left === 0) this.open.delete(tenantId);
      else this.open.set(tenantId, left);
    });
    return stream;
  }

  /** Whether a task is over, and all of its events have been given up to the position. */
  async isRead({ tenantId, filter, position }: StreamRequest): Promise<boolean> {
    if (filter.taskId === undefined) return false;
    const task = await this.progress.ofTask(tenantId, filter.taskId);
    const page = await this.feeds.events(tenantId, position, filter, 1);
    return page !== undefined && isEnd(task, page);
  }

  private async *messages(
    { tenantId, filter, position, toMarker }: StreamRequest,
    signal: AbortSignal,
  ): AsyncGenerator<string, void> {
    const endsAt = performance.now() + MAX_STREAM_MS;
    const told = new Map<string, string>();
    let from = position;
    let saidAt = performance.now();
    yield `retry: ${String(RETRY_MS)}\n\n`;
    while (!signal.aborted && !this.watch.isClosed && performance.now() < endsAt) {
      const tasks = await this.lookAtTasks(tenantId, filter.taskId);
      const page = await this.feeds.events(tenantId, from, filter, PAGE_EVENTS);
      if (page === undefined) return; // who comes again is told
      from = page.next;
      const messages = [
        ...toNews(tasks, told),
        ...page.items.map((event) => {
          const id = toMarker(event.position);
          return toMessage({ id, event: event.type, data: toFeedEventDto(event, id) });
        }),
      ];
      if (messages.length === 0 && performance.now() - saidAt > BEAT_EVERY_MS) {
        messages.push(`id: ${toMarker(from)}\n\n`); // no event, but from where to go on
      }
      if (messages.length > 0) saidAt = performance.now();
      yield* messages;
      if (filter.taskId !== undefined && isEnd(tasks[0], page)) return;
      if (page.items.length < PAGE_EVENTS) {
        await this.watch.until({ tenantId, position: from }, PROGRESS_EVERY_MS, signal);
      }
    }
  }

  /** Looked at once a second, however many follow a tenant or a task. */
  private async lookAtTasks(tenantId: string, taskId: string | undefined): Promise<TaskProgress[]> {
    const key = `${tenantId} ${taskId ?? ''}`;
    const now = performance.now();
    for (const [each, { at }] of this.looks) if (now - at >= PROGRESS_EVERY_MS) this.looks.delete(each);
    const known = this.looks.get(key);
    if (known !== undefined) return known.tasks;
    const tasks =
      taskId === undefined
        ? this.progress.ofOpenTasks(tenantId, MAX_OPEN_TASKS)
        : this.progress.ofTask(tenantId, taskId).then((task) => (task === undefined ? [] : [task]));
    this.looks.set(key, { at: now, tasks });
    return tasks;
  }
}

/** Whether a task is over, and this page the last of its events: all before its end were given. */
function isEnd(task: TaskProgress | undefined, page: FeedPage<unknown>): boolean {
  if (task === undefined) return true;
  return isTaskOver(task.state) && BigInt(page.next.transactionId) >= BigInt(task.horizon);
}

/** Of tasks that are further than was told, how far they are. */
function toNews(tasks: readonly TaskProgress[], told: Map<string, string>): string[] {
  return tasks.flatMap((task) => {
    const { estimate, ...facts } = toTaskProgressDto(task);
    const known = JSON.stringify(facts); // the estimate changes with the time
    if (told.get(task.id) === known) return [];
    told.set(task.id, known);
    return [toMessage({ event: 'task.progress', data: { ...facts, estimate } })];
  });
}

function toMessage({ id, event, data }: { id?: string; event: string; data: object }): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return `${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The same, each step in the context of the call: a stream is read in whatever context its socket is drained in. */
function inThisContext<Item>(items: AsyncGenerator<Item, void>): AsyncIterable<Item> {
  const run = AsyncLocalStorage.snapshot();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => run(() => items.next()),
      return: () => run(() => items.return()),
    }),
  };
}
