import pg from 'pg';

import { beginPart } from '#platform';

type Ask = (...given: unknown[]) => unknown;
type Answered = (error: unknown, result: unknown) => void;

/** The first word of a statement, and the first table that it names. */
const OPERATION = /[a-z]+/i;
const TABLE = /\b(?:from|into|update|join)\s+(?:only\s+)?(?:"?public"?\.)?"?([a-z_]\w*)/i;

/** A connection whose statements are spans, where they are a part of what is traced. */
export class TracedClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    const ask = this.query.bind(this) as Ask;
    this.query = ((...given: unknown[]) => traceQuery(ask, given)) as typeof this.query;
  }
}

function traceQuery(ask: Ask, given: unknown[]): unknown {
  const end = beginPart(() => {
    const summary = summaryOf(given[0]);
    return {
      name: summary,
      kind: 'client',
      attributes: { 'db.system.name': 'postgresql', 'db.query.summary': summary },
      errorTypeOf: (error) => (error as { code?: string }).code ?? 'unanswered',
    };
  });
  if (end === undefined) return ask(...given);
  const last = given.at(-1);
  if (typeof last !== 'function') return endAfter(ask(...given) as Promise<unknown>, end);
  const answered: Answered = (error, result) => {
    end(error);
    (last as Answered)(error, result);
  };
  return ask(...given.slice(0, -1), answered);
}

async function endAfter(answer: Promise<unknown>, end: (error?: unknown) => void): Promise<unknown> {
  try {
    const result = await answer;
    end();
    return result;
  } catch (error) {
    end(error);
    throw error;
  }
}

/** What a statement does to what, of few values and without any of its data: `SELECT sync_unit`. */
export function summaryOf(statement: unknown): string {
  const text = typeof statement === 'string' ? statement : (statement as { text?: string }).text;
  const [operation = 'SQL'] = OPERATION.exec(text ?? '') ?? [];
  const table = TABLE.exec(text ?? '')?.[1];
  return table === undefined ? operation.toUpperCase() : `${operation.toUpperCase()} ${table}`;
}
