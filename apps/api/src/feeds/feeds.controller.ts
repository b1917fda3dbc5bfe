import type { Readable } from 'node:stream';

import { Controller, Get, Headers, HttpStatus, Inject, Query, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { type Caller, FeedRepository, TaskRepository } from '#database';
import { MARKER } from '#sync';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { whenGone } from '../http/when-gone.js';
import { noSuchTask } from '../sync-tasks/no-such-task.js';
import { FeedChangeListDto, toFeedChangeDto } from './dto/feed-change.dto.js';
import { FeedEventListDto, toFeedEventDto } from './dto/feed-event.dto.js';
import { DEFAULT_LIMIT, LATEST, ReadEventsDto, ReadFeedDto } from './dto/read-feed.dto.js';
import { TaskProgressDto } from './dto/task-progress.dto.js';
import { EventStreams, type StreamRequest } from './event-stream.js';
import { Feeds } from './feeds.js';

const EVENT_STREAM = 'text/event-stream';
const MARKER_GONE =
  'The marker is none of this feed, or so old that what comes behind it was removed (OUTBOX_RETENTION_DAYS).';
const FEED_TERMS =
  'The order never changes, and nothing comes before what was read: who keeps next_marker misses nothing and gets ' +
  'nothing twice, however long it was down, as long as events are kept.';

/** What happens, for those who follow it. */
@ApiTags('Events')
@Controller('v1/multicloud-resources')
export class FeedsController {
  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(EventStreams) private readonly streams: EventStreams,
    @Inject(FeedRepository) private readonly repository: FeedRepository,
    @Inject(TaskRepository) private readonly tasks: TaskRepository,
  ) {}

  @Get('events')
  @Requires('coc:event:list')
  @ApiExtraModels(FeedEventListDto, TaskProgressDto)
  @ApiOperation({
    operationId: 'ListEvents',
    summary: 'What happened to tasks, prunes and accounts, oldest first, or as a stream',
    description:
      `${FEED_TERMS} With Accept: ${EVENT_STREAM} they are sent as they happen (Server-Sent Events), each with its ` +
      'marker as its id, and between them, as task.progress (TaskProgress), how far open tasks are. A stream ' +
      'begins with the marker, Last-Event-ID or what comes from now on; that of a task with its first event, and ' +
      'it ends with the task.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Of a stream: the id of the last event.',
  })
  @ApiOkResponse({
    description: 'Events.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(FeedEventListDto) } },
      [EVENT_STREAM]: { schema: { type: 'string' } },
    },
  })
  @ApiResponse({
    status: HttpStatus.NO_CONTENT,
    description: 'Of a stream: the task is over, and Last-Event-ID its last event. There is nothing to come.',
  })
  @RefusesWith({ noSuchTask: 'There is no task of this task_id.', markerGone: MARKER_GONE })
  async events(
    @FromCaller() { tenantId }: Caller,
    @Query() query: ReadEventsDto,
    @Headers() { accept = '', 'last-event-id': lastEventId }: Record<string, string | undefined>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedEventListDto | Readable | undefined> {
    const request = { tenantId, feed: 'events' as const };
    const { limit = DEFAULT_LIMIT, type: types, task_id: taskId } = query;
    if (taskId !== undefined && !(await this.tasks.has({ tenantId, taskId }))) {
      throw noSuchTask(taskId);
    }
    const filter = { ...(types && { types }), ...(taskId !== undefined && { taskId }) };
    if (accept.includes(EVENT_STREAM)) {
      const begin = query.marker ?? (taskId === undefined ? LATEST : undefined);
      const start = await this.feeds.begin(request, lastEventIdOf(lastEventId) ?? begin);
      return this.stream({ tenantId, filter, ...start }, reply);
    }
    const { items, toMarker, next_marker } = await this.feeds.list(
      request,
      query,
      (position) => this.repository.events(tenantId, position, filter, limit),
      whenGone(reply),
    );
    return { data: items.map((event) => toFeedEventDto(event, toMarker(event.position))), next_marker };
  }

  @Get('changes')
  @Requires('coc:change:list')
  @ApiOperation({
    operationId: 'ListChanges',
    summary: 'What happened to all resources, oldest first, for consumers that keep up',
    description: `${FEED_TERMS} To begin: ask with marker=${LATEST}, list the resources, then read on from there.`,
  })
  @ApiOkResponse({ type: FeedChangeListDto })
  @RefusesWith({ markerGone: MARKER_GONE })
  async changes(
    @FromCaller() { tenantId }: Caller,
    @Query() query: ReadFeedDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedChangeListDto> {
    const request = { tenantId, feed: 'changes' as const };
    const { limit = DEFAULT_LIMIT } = query;
    const { items, toMarker, next_marker } = await this.feeds.list(
      request,
      query,
      (position) => this.repository.changes(tenantId, position, limit),
      whenGone(reply),
    );
    return { data: items.map((change) => toFeedChangeDto(change, toMarker(change.position))), next_marker };
  }

  /** Undefined when all of it was read. */
  private async stream(request: StreamRequest, reply: FastifyReply): Promise<Readable | undefined> {
    if (reply.request.headers['last-event-id'] !== undefined && (await this.streams.isRead(request))) {
      void reply.status(HttpStatus.NO_CONTENT);
      return undefined;
    }
    void reply.headers({ 'Content-Type': EVENT_STREAM, 'X-Accel-Buffering': 'no' });
    return this.streams.start(request, whenGone(reply));
  }
}

/** @throws {ApiError} when it is none that a stream has given */
function lastEventIdOf(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (MARKER.test(header)) return header;
  throw new ApiError('invalidParameter', 'Last-Event-ID must be the id of an event of this stream');
}
