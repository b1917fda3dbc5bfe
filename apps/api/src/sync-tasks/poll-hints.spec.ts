import { describe, expect, it } from '@jest/globals';

import { entityTagOf, namesTag, secondsToNextLook } from './poll-hints.js';

describe('secondsToNextLook', () => {
  const created = new Date('2026-01-01T00:00:00Z');
  const after = (seconds: number) => new Date(created.getTime() + seconds * 1_000);

  it.each([
    [-5, 1],
    [0, 1],
    [9, 1],
    [11, 2],
    [60, 6],
    [86_400, 30],
  ])('asks for patience by the age of a task, %d s', (age, seconds) => {
    for (const state of ['QUEUED', 'RUNNING'] as const) {
      expect(secondsToNextLook({ state, createdAt: created }, after(age))).toBe(seconds);
    }
  });

  it.each(['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'] as const)(
    'asks for none when it is %s',
    (state) => {
      expect(secondsToNextLook({ state, createdAt: created })).toBeUndefined();
    },
  );
});

describe('entity tags', () => {
  const tag = entityTagOf({ data: [1] });

  it('differ with the content, and are as HTTP has them', () => {
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/);
    expect(entityTagOf({ data: [1] })).toBe(tag);
    expect(entityTagOf({ data: [2] })).not.toBe(tag);
  });

  it.each([
    [undefined, false],
    ['', false],
    ['"other"', false],
    [tag, true],
    [tag.replace('W/', ''), true],
    [`"other", ${tag}`, true],
    ['*', true],
  ])('are found in an If-None-Match of %s: %s', (header, found) => {
    expect(namesTag(header, tag)).toBe(found);
  });
});
