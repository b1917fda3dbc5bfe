import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

const MAX_SECONDS = 60;
/** Whole seconds up to that. */
const SECONDS = /^([0-5]?[0-9]|60)s?$/;
const WAIT = { message: `wait must be from 0s to ${String(MAX_SECONDS)}s, such as 30s` };

/** GET /v1/multicloud-resources/sync/{task_id} */
export class AwaitSyncTaskDto {
  @ApiPropertyOptional({
    type: String,
    pattern: SECONDS.source,
    default: '0s',
    description:
      `How long to wait for the end of the task, up to ${String(MAX_SECONDS)}s: the answer comes when it is over, ` +
      'or as it is after that time.',
  })
  @Transform(({ value }: { value: unknown }) => {
    if (value === '') return undefined;
    return typeof value === 'string' && SECONDS.test(value) ? Number.parseInt(value, 10) : value;
  })
  @IsOptional()
  @IsInt(WAIT)
  @Min(0, WAIT)
  @Max(MAX_SECONDS, WAIT)
  wait?: number;
}
