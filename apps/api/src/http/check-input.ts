import { ApiError } from './api-error.js';

/** Bodies nest two levels; a vendor's settings may come to need a few more. Libraries recurse into them. */
const MAX_DEPTH = 8;
/** Enough to find a field in one's own request, and no more of what a stranger sent. */
const MAX_SHOWN_CHARACTERS = 64;

const depths = new WeakMap<object, number>();

/** Lets bodies of a class nest deeper than others: what they hold is not ours. */
export function NestsUpTo(levels: number): ClassDecorator {
  return (target) => {
    depths.set(target, levels);
  };
}

/** How deep a body of the class may nest. */
export function depthOf(type: object | undefined): number {
  return (type === undefined ? undefined : depths.get(type)) ?? MAX_DEPTH;
}

interface Node {
  value: unknown;
  /** As a client would write it: `settings.endpoint`. */
  path: string;
  depth: number;
}

/**
 * Refuses what no DTO can take, before a library sees it: a nesting that would exhaust the stack, names that
 * every object has by birth (which class-transformer drops without a word), and text that Postgres cannot
 * hold (NUL and halves of surrogate pairs).
 * @throws {ApiError} that names the field.
 */
export function checkInput(input: unknown, maxDepth = MAX_DEPTH): void {
  const open: Node[] = [{ value: input, path: '', depth: 0 }];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { value, path, depth } = node;
    if (typeof value === 'string') checkText(value, path);
    if (typeof value !== 'object' || value === null) continue;
    if (depth === maxDepth) throw refuse(path, `is nested more than ${String(maxDepth)} levels deep`);
    for (const [name, child] of Object.entries(value)) {
      const childPath = path === '' ? name : `${path}.${name}`;
      checkText(name, childPath);
      if (name in Object.prototype) throw refuse(childPath, 'is not known here');
      open.push({ value: child, path: childPath, depth: depth + 1 });
    }
  }
}

/** A field's path as error messages may show it: cut, whatever its length. */
export function shownPath(path: string): string {
  return path.length > MAX_SHOWN_CHARACTERS ? `${path.slice(0, MAX_SHOWN_CHARACTERS)}…` : path;
}

function checkText(text: string, path: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw refuse(path, 'holds a character that cannot be stored: NUL, or half of a surrogate pair');
  }
}

function refuse(path: string, reason: string): ApiError {
  return new ApiError('invalidParameter', `${shownPath(path)} ${reason}`);
}
