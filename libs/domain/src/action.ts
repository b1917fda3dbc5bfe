/**
 * What a caller may be allowed to do, in COC's words where COC has the operation (the first seven), else ours
 * in its manner: `service:resource type:operation`.
 */
export const ACTIONS = [
  'coc:vendorAccount:list',
  'coc:vendorAccount:create',
  'coc:vendorAccount:update',
  'coc:vendorAccount:delete',
  'coc:instance:countResources',
  'coc:instance:listResources',
  'coc:instance:syncResources',
  'coc:instance:getResource',
  'coc:vendorAccount:verify',
  'coc:vendorAccount:preview',
  'coc:vendorAccount:upload',
  'coc:coverage:get',
  'coc:change:list',
  'coc:syncTask:list',
  'coc:syncTask:get',
  'coc:syncTask:getPlan',
  'coc:syncTask:listTransitions',
  'coc:syncTask:cancel',
  'coc:syncTask:retry',
  'coc:syncTask:push',
  'coc:heldPrune:decide',
  'coc:prune:undo',
  'coc:audit:list',
  'coc:schedule:create',
  'coc:schedule:list',
  'coc:schedule:get',
  'coc:schedule:update',
  'coc:schedule:delete',
  'coc:schedule:pause',
  'coc:schedule:resume',
  'coc:schedule:run',
  'coc:schedule:listRuns',
] as const;
export type Action = (typeof ACTIONS)[number];
