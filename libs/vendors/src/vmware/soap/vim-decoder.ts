import type { JsonValue } from '#domain';

import { XmlReader, type XmlTag } from '../../shared/xml/xml-reader.js';
import type { AnyShape, Shape, ShapeRule } from './shape.js';

/** An answer with a value that isn't of the type it should have. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

const INSTANCE_NAMESPACE = 'http://www.w3.org/2001/XMLSchema-instance';

/** An element that is being read. */
interface Frame {
  rule: ShapeRule;
  /** The element's name without prefix. */
  name: string;
  /** For a `propSet`, the path of its property. */
  path: string;
  /** The `xsi:type` without prefix, and the plain `type` of a reference. */
  type: string;
  referenceType: string;
  text: string;
  value: unknown;
}

/**
 * Reads one SOAP answer as it arrives and builds what the shape asks for, nothing else: content that the
 * shape doesn't mention is checked to be balanced and dropped.
 */
export class VimDecoder<Answer> {
  readonly #reader: XmlReader;
  readonly #frames: Frame[] = [];
  /** Prefixes that stand for `xsi` in this document. vCenter and vcsim choose different ones. */
  readonly #instancePrefixes = new Set<string>();
  #root: unknown;

  /** @param envelope the shape of the document: its one field is the document element. */
  constructor(envelope: Shape<Answer>) {
    this.#frames.push(newFrame(envelope.rule, '', '', ''));
    this.#reader = new XmlReader({
      open: (tag) => this.#open(tag),
      text: (piece) => {
        const frame = this.#frames[this.#frames.length - 1];
        if (frame !== undefined) frame.text = frame.text === '' ? piece : frame.text + piece;
      },
      close: () => {
        this.#close();
      },
    });
  }

  /** @throws {XmlError | MalformedAnswer} as soon as what has arrived can't be an answer */
  write(chunk: string): void {
    this.#reader.write(chunk);
  }

  /** @throws {XmlError} when the document isn't complete */
  end(): Answer {
    this.#reader.end();
    return (this.#root ?? {}) as Answer;
  }

  #open({ localName, attributes }: XmlTag): boolean {
    const parent = this.#frames[this.#frames.length - 1];
    if (parent === undefined) return false;
    let type = '';
    let referenceType = '';
    if (attributes.length > 0) {
      // First the prefixes: one may be declared after its use, on the same element.
      for (const [name, value] of attributes) {
        if (value === INSTANCE_NAMESPACE && name.startsWith('xmlns:'))
          this.#instancePrefixes.add(name.slice(6));
      }
      for (const [name, value] of attributes) {
        if (name === 'type') referenceType = value;
        else if (name.endsWith(':type') && this.#instancePrefixes.has(name.slice(0, -5))) {
          type = value.slice(value.indexOf(':') + 1);
        }
      }
    }
    const rule = childRule(parent, localName, type);
    if (rule === undefined) return false;
    this.#frames.push(newFrame(rule, localName, type, referenceType));
    return true;
  }

  #close(): void {
    const frame = this.#frames.pop();
    const parent = this.#frames[this.#frames.length - 1];
    if (frame === undefined || parent === undefined) return;
    accept(parent, frame, valueOf(frame));
    if (this.#frames.length === 1) this.#root = parent.value;
  }
}

function newFrame(rule: ShapeRule, name: string, type: string, referenceType: string): Frame {
  let value: unknown;
  if (rule.kind === 'record') value = rule.keepsType ? { type } : {};
  else if (rule.kind === 'list') value = [];
  return { rule, name, path: '', type, referenceType, text: '', value };
}

/** How to read an element within another; `undefined`: not at all. */
function childRule(parent: Frame, name: string, type: string): ShapeRule | undefined {
  const rule = parent.rule;
  let shape: AnyShape | undefined;
  switch (rule.kind) {
    case 'record': {
      shape = rule.fields.get(name);
      // A list within a data object is its element, repeated.
      if (shape?.rule.kind === 'list' && !shape.rule.wrapped) {
        if (shape.rule.only?.has(type) === false) return undefined;
        shape = shape.rule.item;
      }
      break;
    }
    case 'list':
      shape = rule.only?.has(type) === false ? undefined : rule.item;
      break;
    case 'properties':
      if (name === 'name') return { kind: 'text' };
      // `name` comes before `val`: the schema says so.
      shape = name === 'val' ? rule.shapes.get(parent.path) : undefined;
      break;
    case 'anything':
      return rule;
    default:
      return undefined;
  }
  return shape && resolved(shape.rule);
}

function resolved(rule: ShapeRule): ShapeRule {
  return rule.kind === 'lazy' ? resolved(rule.shape().rule) : rule;
}

/** Hands a finished element to the one around it. */
function accept(parent: Frame, child: Frame, value: unknown): void {
  const rule = parent.rule;
  switch (rule.kind) {
    case 'record': {
      const fields = parent.value as Record<string, unknown>;
      const shape = rule.fields.get(child.name);
      if (shape?.rule.kind === 'list' && !shape.rule.wrapped) {
        const items = fields[child.name] as unknown[] | undefined;
        if (items === undefined) fields[child.name] = [value];
        else items.push(value);
      } else if (shape?.rule.kind === 'properties') {
        const properties = (fields[child.name] ??= {}) as Record<string, unknown>;
        if (value !== undefined) properties[child.path] = value;
      } else {
        fields[child.name] = value;
      }
      break;
    }
    case 'list':
      (parent.value as unknown[]).push(value);
      break;
    case 'properties':
      if (child.name === 'name') parent.path = value as string;
      else parent.value = value;
      break;
    case 'anything':
      ((parent.value ??= []) as [string, unknown][]).push([child.name, value]);
      break;
    default:
      break;
  }
}

function valueOf(frame: Frame): unknown {
  switch (frame.rule.kind) {
    case 'text':
      return frame.text;
    case 'integer':
    case 'decimal':
      return numberOf(frame);
    case 'long':
      return longOf(frame.text.trim());
    case 'boolean':
      return frame.text === 'true' || frame.text === '1';
    case 'instant':
      return instantOf(frame.text);
    case 'reference':
      return { type: frame.referenceType || frame.type, value: frame.text };
    case 'anything':
      return anyValueOf(frame);
    default:
      return frame.value;
  }
}

function numberOf(frame: Frame): number {
  const number = Number(frame.text);
  if (frame.text.trim() === '' || !Number.isFinite(number)) {
    throw new MalformedAnswer(`<${frame.name}> holds no number: ${JSON.stringify(frame.text.slice(0, 40))}`);
  }
  return number;
}

/** A number where it is exact; beyond 2^53 the digits themselves. */
function longOf(digits: string): number | string {
  const number = Number(digits);
  return digits !== '' && Number.isSafeInteger(number) ? number : digits;
}

/** vSphere sends microseconds and vcsim nanoseconds; what isn't a date stays what it is. */
function instantOf(value: string): string {
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? value : new Date(milliseconds).toISOString();
}

/** Decodes by what the wire says of the type. */
function anyValueOf(frame: Frame): JsonValue {
  const children = frame.value as [string, JsonValue][] | undefined;
  if (frame.type.startsWith('ArrayOf')) return (children ?? []).map(([, value]) => value);
  if (children !== undefined) return objectOf(children);
  if (frame.referenceType !== '') return { type: frame.referenceType, value: frame.text };
  switch (frame.type) {
    case 'boolean':
      return frame.text === 'true' || frame.text === '1';
    case 'byte':
    case 'short':
    case 'int':
    case 'long':
      return longOf(frame.text.trim());
    case 'float':
    case 'double': {
      const number = Number(frame.text);
      return Number.isFinite(number) ? number : frame.text;
    }
    case 'dateTime':
      return instantOf(frame.text);
    default:
      return frame.text;
  }
}

function objectOf(children: readonly [string, JsonValue][]): JsonValue {
  const values = new Map<string, JsonValue[]>();
  for (const [name, value] of children) {
    const seen = values.get(name);
    if (seen === undefined) values.set(name, [value]);
    else seen.push(value);
  }
  // From entries, and not by assignment, so that an element named __proto__ is an ordinary field.
  return Object.fromEntries(
    [...values].map(([name, [first, ...others]]) => [
      name,
      others.length === 0 ? (first ?? null) : [first ?? null, ...others],
    ]),
  );
}
