/** What one of a principal's role assignments lets it do, as Azure lists it. */
export interface GrantedActions {
  actions?: readonly string[];
  notActions?: readonly string[];
}

/** To read everything. */
export const READ_EVERYTHING = '*/read';

/**
 * Whether a principal may do something: one of its roles has the action and does not take it out again. A role's
 * patterns have a star for any text; whoever may read everything is denied the reading of nothing.
 */
export function isAllowed(action: string, granted: readonly GrantedActions[]): boolean {
  const takesOut = (pattern: string) =>
    covers(pattern, action) || (action === READ_EVERYTHING && /(\*|\/read)$/i.test(pattern));
  return granted.some(
    ({ actions = [], notActions = [] }) =>
      actions.some((pattern) => covers(pattern, action)) && !notActions.some(takesOut),
  );
}

function covers(pattern: string, action: string): boolean {
  const escaped = pattern.split('*').map((text) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'i').test(action);
}
