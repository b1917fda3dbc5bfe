/**
 * The part of the Kusto Query Language that Muster's queries are written in. Whatever else is a syntax error, so that
 * a query that means something else than it seems to fails its test.
 */
export interface Query {
  source: string;
  steps: Step[];
}

export type Step =
  | { kind: 'where'; condition: Expression }
  | { kind: 'extend' | 'project'; columns: Column[] }
  | { kind: 'order'; by: string }
  | { kind: 'join'; query: Query; on: string };

export interface Column {
  name: string;
  value: Expression;
}

export type Expression =
  | { kind: 'text'; text: string }
  | { kind: 'path'; steps: (string | number)[] }
  | { kind: 'call'; name: 'tolower' | 'tostring' | 'isnotempty' | 'not'; argument: Expression }
  | { kind: 'compare'; operator: '=~' | 'contains'; left: Expression; right: Expression }
  | { kind: 'in'; negated: boolean; left: Expression; texts: string[] }
  | { kind: 'and' | 'or'; left: Expression; right: Expression };

/** What Resource Graph calls `InvalidQuery`. */
export class KqlError extends Error {
  override readonly name = 'KqlError';
}

const TOKEN = /\s*(?:('(?:[^'\\]|\\.)*')|(\d+)|(!in~|in~|=~|[A-Za-z_]\w*|[|(),.=[\]]))/y;
const FUNCTIONS = ['tolower', 'tostring', 'isnotempty', 'not'] as const;

export function parseKql(text: string): Query {
  const parser = new Parser(tokensOf(text));
  const query = parser.query();
  parser.end();
  return query;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const rest = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < rest.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(rest);
    if (match === null) throw new KqlError(`Query is invalid at ${rest.slice(at, at + 20)}`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}

class Parser {
  private position = 0;

  constructor(private readonly tokens: readonly string[]) {}

  query(): Query {
    const source = this.name();
    const steps: Step[] = [];
    while (this.accept('|')) steps.push(this.step());
    return { source, steps };
  }

  end(): void {
    if (this.position < this.tokens.length) this.fail();
  }

  private step(): Step {
    const kind = this.name();
    switch (kind) {
      case 'where':
        return { kind, condition: this.expression() };
      case 'extend':
      case 'project':
        return { kind, columns: this.columns(kind) };
      case 'order': {
        this.expect('by');
        const by = this.name();
        this.expect('asc');
        return { kind, by };
      }
      case 'join':
        return this.join();
      default:
        throw new KqlError(`'${kind}' is not a supported operator`);
    }
  }

  private join(): Step {
    for (const token of ['kind', '=', 'leftouter', '(']) this.expect(token);
    const query = this.query();
    for (const token of [')', 'on']) this.expect(token);
    return { kind: 'join', query, on: this.name() };
  }

  private columns(kind: 'extend' | 'project'): Column[] {
    const columns: Column[] = [];
    do {
      const name = this.name();
      if (this.accept('=')) columns.push({ name, value: this.value() });
      else if (kind === 'project') columns.push({ name, value: { kind: 'path', steps: [name] } });
      else this.fail();
    } while (this.accept(','));
    return columns;
  }

  private expression(): Expression {
    let left = this.conjunction();
    while (this.accept('or')) left = { kind: 'or', left, right: this.conjunction() };
    return left;
  }

  private conjunction(): Expression {
    let left = this.comparison();
    while (this.accept('and')) left = { kind: 'and', left, right: this.comparison() };
    return left;
  }

  private comparison(): Expression {
    if (this.accept('(')) {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    const left = this.value();
    if (this.accept('in~')) return { kind: 'in', negated: false, left, texts: this.texts() };
    if (this.accept('!in~')) return { kind: 'in', negated: true, left, texts: this.texts() };
    if (this.accept('=~')) return { kind: 'compare', operator: '=~', left, right: this.value() };
    if (this.accept('contains')) return { kind: 'compare', operator: 'contains', left, right: this.value() };
    return left;
  }

  private texts(): string[] {
    this.expect('(');
    const texts: string[] = [];
    do texts.push(this.text());
    while (this.accept(','));
    this.expect(')');
    return texts;
  }

  private value(): Expression {
    if (this.peek()?.startsWith("'") === true) return { kind: 'text', text: this.text() };
    const name = this.name();
    if (this.accept('(')) {
      const known = FUNCTIONS.find((candidate) => candidate === name);
      if (known === undefined) throw new KqlError(`Unknown function: '${name}'`);
      const argument = known === 'not' ? this.expression() : this.value();
      this.expect(')');
      return { kind: 'call', name: known, argument };
    }
    const steps: (string | number)[] = [name];
    for (;;) {
      if (this.accept('.')) steps.push(this.name());
      else if (this.accept('[')) {
        steps.push(Number(this.take()));
        this.expect(']');
      } else return { kind: 'path', steps };
    }
  }

  private text(): string {
    const token = this.take();
    if (!token.startsWith("'")) this.fail();
    return token.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  private name(): string {
    const token = this.take();
    if (!/^[A-Za-z_]\w*$/.test(token)) this.fail();
    return token;
  }

  private peek(): string | undefined {
    return this.tokens[this.position];
  }

  private take(): string {
    return this.tokens[this.position++] ?? '';
  }

  private accept(token: string): boolean {
    if (this.peek() !== token) return false;
    this.position++;
    return true;
  }

  private expect(token: string): void {
    if (!this.accept(token)) this.fail();
  }

  private fail(): never {
    const near = this.tokens.slice(Math.max(0, this.position - 3), this.position + 1).join(' ');
    throw new KqlError(`Query is invalid. The syntax is not understood near '${near}'`);
  }
}
