import { WaitTime } from '../../http/wait-time.js';

/** GET /v1/multicloud-resources/sync/{task_id} */
export class AwaitSyncTaskDto {
  @WaitTime('The answer comes when the task is over, or as it is after that time')
  wait?: number;
}
