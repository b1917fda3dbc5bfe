import { ApiError } from '../http/api-error.js';

/** The tenant has no task of this id. */
export function noSuchTask(taskId: string): ApiError {
  return new ApiError('noSuchTask', `task_id ${taskId}: there is no such sync task`);
}
