import { compile, TreeInterpreter } from '@jmespath-community/jmespath';

import type { JsonValue } from '#domain';

type Node = ReturnType<typeof compile>;

/** An expression that cannot be used, or that failed on a value. Its message is for whoever wrote it. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** A compiled JMESPath expression. */
export interface Expression {
  readonly source: string;
  /** Names of a value's own fields that it begins at; `undefined` when it uses the whole. */
  readonly fields: ReadonlySet<string> | undefined;
  /** @throws {ExpressionError} */
  evaluate(value: JsonValue): JsonValue;
}

/**
 * How many times larger than its input an expression's result may get. JMESPath always ends, but with
 * `[@, @] | [@, @] | …` or `join(text, list)` a line of it makes terabytes.
 */
const MAX_GROWTH = 128;

/**
 * Compiles an expression, and refuses what could exhaust a worker.
 * @throws {ExpressionError} saying what is wrong with it
 */
export function compileExpression(source: string): Expression {
  const node = parsed(source);
  if (growthOf(node) > MAX_GROWTH) {
    throw new ExpressionError('is too large: it repeats its input too often');
  }
  return {
    source,
    fields: fieldsOf(node),
    evaluate(value) {
      try {
        const result = TreeInterpreter.search(node, value) as JsonValue | undefined;
        return result ?? null;
      } catch (error) {
        throw new ExpressionError(reasonOf(error), { cause: error });
      }
    },
  };
}

function parsed(source: string): Node {
  try {
    return compile(source);
  } catch (error) {
    throw new ExpressionError(`is no JMESPath: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  return message.replace(/^Invalid type: |\.$/g, '');
}

/** Functions whose result is no larger than their arguments together. What is not here is looked at below. */
const FUNCTIONS = new Set(
  (
    'abs avg ceil contains ends_with find_first find_last floor from_items group_by items keys length lower map ' +
    'max max_by merge min min_by not_null reverse sort sort_by split starts_with sum to_array to_number to_string ' +
    'trim trim_left trim_right type upper values zip'
  ).split(' '),
);

function sum(nodes: readonly Node[]): number {
  return nodes.reduce((total, node) => total + growthOf(node), 0);
}

/** By how much a node's result may exceed its input, at most. */
function growthOf(node: Node): number {
  switch (node.type) {
    case 'Current':
    case 'Identity':
    case 'Index':
    case 'Slice':
    case 'Literal':
      return 1;
    case 'Field':
      return growthOfField(node.name);
    case 'Flatten':
    case 'NotExpression':
    case 'ExpressionReference':
      return growthOf(node.child);
    case 'Unary':
      return growthOf(node.operand);
    case 'IndexExpression':
    case 'Pipe':
    case 'Projection':
    case 'Subexpression':
    case 'ValueProjection':
      return growthOf(node.left) * growthOf(node.right);
    case 'FilterProjection':
      return growthOf(node.left) * growthOf(node.condition) * growthOf(node.right);
    case 'AndExpression':
    case 'OrExpression':
    case 'Comparator':
    case 'Arithmetic':
      return growthOf(node.left) + growthOf(node.right);
    case 'Ternary':
      return growthOf(node.condition) + growthOf(node.trueExpr) + growthOf(node.falseExpr);
    case 'MultiSelectHash':
      return sum(node.children.map(({ value }) => value));
    case 'MultiSelectList':
      return sum(node.children);
    case 'Function':
      return growthOfCall(node.name, node.children);
    case 'Root':
    case 'Variable':
    case 'LetExpression':
    case 'Binding':
      throw new ExpressionError('may not use $ and let');
  }
}

/** Every object has by birth what these names mean, and the library would give it out. */
function growthOfField(name: string): number {
  if (name in Object.prototype) throw new ExpressionError(`may not use the field ${name}`);
  return 1;
}

function growthOfCall(name: string, children: readonly Node[]): number {
  const [first, second, third] = children;
  if (name === 'join') return sumOfArguments(children) * (1 + literalLength(name, first));
  if (name === 'replace')
    return sumOfArguments(children) * (1 + literalLength(name, second) + literalLength(name, third));
  if (!FUNCTIONS.has(name)) {
    throw new ExpressionError(
      `may not use the function ${name} (known: ${[...FUNCTIONS].sort().join(', ')})`,
    );
  }
  const isCalledForEach = children.some(({ type }) => type === 'ExpressionReference');
  return isCalledForEach
    ? children.reduce((all, child) => all * growthOf(child), 1)
    : sumOfArguments(children);
}

/** Texts of the expression's own are no part of its input. */
function sumOfArguments(nodes: readonly Node[]): number {
  return Math.max(1, sum(nodes.filter(({ type }) => type !== 'Literal')));
}

/** What is put in between must be known beforehand, or it might be as large as what it is put into. */
function literalLength(name: string, node: Node | undefined): number {
  if (node?.type !== 'Literal' || typeof node.value !== 'string') {
    throw new ExpressionError(`must name what ${name} puts in or looks for as a text, like ', '`);
  }
  return node.value.length;
}

/** The fields of the input that an expression begins at. */
function fieldsOf(node: Node): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  return collectFields(node, found) ? found : undefined;
}

/** False when the whole input is used. */
function collectFields(node: Node, found: Set<string>): boolean {
  const all = (nodes: readonly Node[]) => nodes.map((one) => collectFields(one, found)).every(Boolean);
  switch (node.type) {
    case 'Field':
      found.add(node.name);
      return true;
    case 'Literal':
      return true;
    case 'Flatten':
    case 'NotExpression':
      return collectFields(node.child, found);
    case 'ExpressionReference': // of each part of another argument
      return true;
    case 'Unary':
      return collectFields(node.operand, found);
    case 'IndexExpression':
    case 'Pipe':
    case 'Projection':
    case 'Subexpression':
    case 'ValueProjection':
    case 'FilterProjection':
      return collectFields(node.left, found);
    case 'AndExpression':
    case 'OrExpression':
    case 'Comparator':
    case 'Arithmetic':
      return all([node.left, node.right]);
    case 'Ternary':
      return all([node.condition, node.trueExpr, node.falseExpr]);
    case 'MultiSelectHash':
      return all(node.children.map(({ value }) => value));
    case 'MultiSelectList':
    case 'Function':
      return all(node.children);
    default:
      return false;
  }
}
