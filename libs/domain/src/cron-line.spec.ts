import { describe, expect, it } from '@jest/globals';

import { describeCronProblem, hasEveryHour } from './cron-line.js';

describe('describeCronProblem', () => {
  it.each([
    '* * * * *',
    '0 3 * * 1-5',
    ' 0   3 * * * ',
    '*/15 0-23/2 1,15,31 JAN-mar,12 sun,Mon-FRI,7',
    '0 0 29 2 *',
    '0 0 31 */2 *',
    // A day of the week makes up for a day that never comes.
    '0 0 31 2 1',
    '0 0 */30 2 *',
  ])('takes %s', (line) => {
    expect(describeCronProblem(line)).toBeUndefined();
  });

  const FIVE = 'it must have 5 fields, minute, hour, day of month, month, day of week, as in 0 3 * * 1-5';
  it.each([
    ['', `${FIVE} (it has 0)`],
    ['@daily', `${FIVE} (it has 1)`],
    ['0 0 3 * * *', `${FIVE} (it has 6)`],
    [
      '60 3 * * *',
      'minute "60" is not allowed: allowed are 0 to 59, *, ranges as 0-59, steps as */2, and lists of these',
    ],
    ['0 24 * * *', 'hour "24" is not allowed: allowed are 0 to 23, *'],
    ['0 3 0 * *', 'day of month "0" is not allowed: allowed are 1 to 31, *'],
    ['0 3 L * *', 'day of month "L" is not allowed'],
    ['0 3 ? * *', 'day of month "?" is not allowed'],
    ['0 3 * 13 *', 'month "13" is not allowed: allowed are 1 to 12, JAN to DEC, *'],
    ['0 3 * foo *', 'month "foo" is not allowed'],
    ['0 3 * * 8', 'day of week "8" is not allowed: allowed are 0 to 7, SUN to SAT, *'],
    ['0 3 * * 1#2', 'day of week "1#2" is not allowed'],
    ['0 3 * * jan', 'day of week "jan" is not allowed'],
    ['-1 3 * * *', 'minute "-1" is not allowed'],
    ['1-2-3 3 * * *', 'minute "1-2-3" is not allowed'],
    ['0,,1 3 * * *', 'minute "" is not allowed'],
    ['30-10 3 * * *', 'minute "30-10" is a range that ends before it begins'],
    ['*/0 3 * * *', 'minute "*/0" has a step that is no number from 1 to 59'],
    ['*/60 3 * * *', 'minute "*/60" has a step that is no number from 1 to 59'],
    ['*/ 3 * * *', 'minute "*/" has a step that is no number from 1 to 59'],
    ['0 5/6 * * *', 'hour "5/6" has a step without a range; write 5-23/6'],
    [`${'1'.repeat(99)} 3 * * *`, `minute "${'1'.repeat(24)}…" is not allowed`],
    ['0 3 30 2 *', 'day of month 30 is never reached in month 2: it has 29 days at the most'],
    ['0 3 31 4,6,SEP-SEP,11 *', 'day of month 31 is never reached in month 4,6,SEP-SEP,11: it has 30 days'],
  ])('refuses %j', (line, problem) => {
    expect(describeCronProblem(line)).toContain(problem);
  });
});

describe('hasEveryHour', () => {
  it.each([
    ['* * * * *', true],
    ['0 */1 * * *', true],
    ['0 */2 * * *', false],
    ['* 3 * * *', false],
  ])('%s: %s', (line, expected) => {
    expect(hasEveryHour(line)).toBe(expected);
  });
});
