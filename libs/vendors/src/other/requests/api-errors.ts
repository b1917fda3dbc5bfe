import type { JsonValue } from '#domain';

import type { HttpAnswer } from '../../shared/http/http-client.js';
import { retryAfterOf, waitOf } from '../../shared/http/retry-after.js';
import type { ErrorKind, ErrorsDocument } from '../document/connector-document.js';
import { compileExpression, type Expression, ExpressionError } from '../mapping/expression.js';
import { isObject } from '../mapping/record-mapper.js';
import { OtherError, type OtherErrorFacts } from '../other-error.js';

const MAX_DETAIL_CHARACTERS = 200;
/** A reset that is given as a time, not as a wait: seconds since 1970 are more than any wait. */
const FIRST_TIME_SECONDS = 1_000_000_000;
/** Where APIs have their sentence, if the connector doesn't say. */
const USUAL_MESSAGES = ['message', 'detail', 'error_description', 'error', 'msg'];

/** Finds out whether an API's answer is a failure, by its status and by what the connector says. */
export class ApiErrors {
  private readonly code: Expression | undefined;
  private readonly message: Expression | undefined;
  private readonly kinds: readonly (readonly [string, ErrorKind])[];

  constructor({ code, message, kinds = {} }: ErrorsDocument = {}) {
    this.code = code === undefined ? undefined : compileExpression(code);
    this.message = message === undefined ? undefined : compileExpression(message);
    this.kinds = Object.entries(kinds);
  }

  /**
   * The document that an answer holds.
   * @throws {OtherError} when it is none, or a failure
   */
  read(answer: HttpAnswer, known: OtherErrorFacts): JsonValue {
    const { status, headers } = answer;
    const facts: OtherErrorFacts = { ...known, status };
    if (status >= 300 && status < 400) {
      throw new OtherError('REDIRECTED', { ...facts, detail: targetOf(headers['location']) });
    }
    const document = parsed(answer.text);
    const isGood = status >= 200 && status < 300;
    if (isGood && document === undefined) {
      throw new OtherError(isWebPage(answer) ? 'WEB_PAGE' : 'MALFORMED_ANSWER', facts);
    }
    const code = this.codeOf(document, isGood, facts);
    if (isGood && code === undefined && document !== undefined) return document;
    throw this.failure(code, document, answer, facts);
  }

  private failure(
    code: string | undefined,
    document: JsonValue | undefined,
    { status, headers }: HttpAnswer,
    facts: OtherErrorFacts,
  ): OtherError {
    const isGood = status >= 200 && status < 300;
    const httpCode = `HTTP ${String(status)}`;
    const kind = this.kindOf(code) ?? this.kindOf(httpCode) ?? (isGood ? 'unavailable' : undefined);
    const said = this.messageOf(document)?.slice(0, MAX_DETAIL_CHARACTERS);
    const own = isGood || this.kindOf(code) !== undefined ? code : undefined;
    const detail = own === undefined && code !== undefined ? [code, said].filter(Boolean).join(': ') : said;
    const mayPass = status === 429 || status >= 500 || kind === 'throttled' || kind === 'unavailable';
    return new OtherError(own ?? httpCode, {
      ...facts,
      ...(kind === undefined ? {} : { kind }),
      detail,
      retryAfterMs: mayPass ? waitOfHeaders(headers) : undefined,
    });
  }

  private codeOf(
    document: JsonValue | undefined,
    isGood: boolean,
    facts: OtherErrorFacts,
  ): string | undefined {
    if (this.code === undefined || document === undefined) return undefined;
    try {
      const code = this.code.evaluate(document);
      if (code === null || code === false || code === '') return undefined;
      return typeof code === 'string' ? code : JSON.stringify(code);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (!isGood) return undefined;
      throw new OtherError(
        'MAPPING',
        { ...facts, detail: `errors.code fails: ${error.message}` },
        { cause: error },
      );
    }
  }

  private messageOf(document: JsonValue | undefined): string | undefined {
    if (document === undefined) return undefined;
    try {
      const message = this.message?.evaluate(document);
      if (typeof message === 'string') return message;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
    }
    return (
      usualMessage(document) ?? (isObject(document) ? usualMessage(document['error'] ?? null) : undefined)
    );
  }

  /** A name that ends in `*` stands for all that begin so. */
  private kindOf(code: string | undefined): ErrorKind | undefined {
    if (code === undefined) return undefined;
    const isOf = (name: string) => (name.endsWith('*') ? code.startsWith(name.slice(0, -1)) : code === name);
    return this.kinds.find(([name]) => isOf(name))?.[1];
  }
}

function usualMessage(document: JsonValue): string | undefined {
  if (!isObject(document)) return undefined;
  const found = USUAL_MESSAGES.map((name) => document[name]).find((value) => typeof value === 'string');
  return typeof found === 'string' ? found : undefined;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as JsonValue;
  } catch {
    return undefined;
  }
}

function isWebPage({ headers, text }: HttpAnswer): boolean {
  return headers['content-type']?.includes('html') === true || /^\s*<(!doctype|html)/i.test(text);
}

/** Where a redirect leads, without the query, which may hold a secret. */
function targetOf(location = ''): string {
  return location.split(/[?#]/, 1)[0]?.slice(0, MAX_DETAIL_CHARACTERS) ?? '';
}

/** How long to wait: `Retry-After`, or when the quota is whole again. */
function waitOfHeaders(headers: Readonly<Record<string, string>>): number | undefined {
  const asked = retryAfterOf(headers['retry-after']);
  if (asked !== undefined) return asked;
  const reset = Number.parseFloat(headers['ratelimit-reset'] ?? headers['x-ratelimit-reset'] ?? '');
  return waitOf(reset > FIRST_TIME_SECONDS ? reset * 1_000 - Date.now() : reset * 1_000);
}
