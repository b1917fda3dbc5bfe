export * from './queue.module.js';
export * from './queue-board.js';
export * from './sync-job.js';
export * from './sync-queue.js';
