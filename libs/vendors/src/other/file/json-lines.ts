import type { JsonObject, JsonValue } from '#domain';

import { isObject } from '../mapping/record-mapper.js';
import { FormatError, type Found, MAX_ROW_CHARACTERS, shownPlace } from './found-record.js';

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The records of JSON Lines, whose text comes in pieces that are cut anywhere. Blank lines are none.
 * @throws {FormatError} for a line that is too long to be one
 */
export async function* jsonLines(texts: AsyncIterable<string>): AsyncGenerator<Found<JsonObject>, void> {
  let rest = '';
  let line = 1;
  for await (const text of texts) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) {
      yield* recordIn(one, line);
      line += 1;
    }
    if (rest.length > MAX_ROW_CHARACTERS) yield* recordIn(rest, line);
  }
  yield* recordIn(rest, line);
}

function* recordIn(line: string, number: number): Generator<Found<JsonObject>, void> {
  const at = number;
  if (line.length > MAX_ROW_CHARACTERS) {
    throw new FormatError(`${shownPlace(at)} has more than ${String(MAX_ROW_CHARACTERS)} characters`);
  }
  const text = number === 1 && line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line;
  if (text.trim() === '') return;
  let record: JsonValue;
  try {
    record = JSON.parse(text) as JsonValue;
  } catch {
    yield { at, problem: 'is no JSON' };
    return;
  }
  yield isObject(record) ? { at, record } : { at, problem: 'is no JSON object' };
}
