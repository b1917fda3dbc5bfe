import type { JsonValue } from '#domain';

/** A reference to a managed object: `{ type: 'HostSystem', value: 'host-12' }`. Counts as JSON. */
export type ManagedObjectReference = Record<'type' | 'value', string>;

/** What a leaf holds, and thereby how its text is read. */
type LeafKind = 'text' | 'integer' | 'long' | 'decimal' | 'boolean' | 'instant' | 'reference' | 'anything';

export type ShapeRule =
  | { kind: LeafKind }
  | { kind: 'record'; fields: ReadonlyMap<string, AnyShape>; keepsType: boolean }
  | { kind: 'list'; item: AnyShape; only: ReadonlySet<string> | undefined; wrapped: boolean }
  | { kind: 'lazy'; shape: () => AnyShape }
  | { kind: 'properties'; shapes: ReadonlyMap<string, AnyShape> };

/** Where a property may be asked for. */
export interface Availability {
  /** The first version of the API that has it, as in `about.apiVersion`; asking an older one is an error. */
  since?: string;
  /** The only managed types that have it; absent: every type of the table. */
  on?: readonly string[];
}

/**
 * Says what to read of an answer, and so what to build: everything a shape doesn't mention is skipped. The
 * wire doesn't tell a list of one from a single value, nor a number from a text within a data object; the
 * shape does. Types come from VMware's "vSphere Web Services API" reference.
 */
export class Shape<Value> {
  /** Never set: carries the type of what the shape reads. */
  declare readonly value: Value;

  constructor(
    readonly rule: ShapeRule,
    readonly availability: Availability = {},
  ) {}
}

export type AnyShape = Shape<unknown>;
export type Shapes = Readonly<Record<string, AnyShape>>;

/** What shapes read, field by field. vSphere leaves out what is unset, so everything may be absent. */
export type ValuesOf<Fields extends Shapes> = { -readonly [Name in keyof Fields]?: Fields[Name]['value'] };

export const text = new Shape<string>({ kind: 'text' });
export const integer = new Shape<number>({ kind: 'integer' });
export const decimal = new Shape<number>({ kind: 'decimal' });
/** An `xsd:long`; one that a number can't hold exactly stays a text. */
export const long = new Shape<number | string>({ kind: 'long' });
export const boolean = new Shape<boolean>({ kind: 'boolean' });
/** An `xsd:dateTime`, as an ISO 8601 text in UTC with milliseconds. */
export const instant = new Shape<string>({ kind: 'instant' });
export const reference = new Shape<ManagedObjectReference>({ kind: 'reference' });
/**
 * Whatever comes, decoded by the types on the wire: for the few properties without a fixed type. A repeated
 * element becomes an array, a single one doesn't.
 */
export const anything = new Shape<JsonValue>({ kind: 'anything' });

/** A data object; only the fields named here are read. */
export function record<Fields extends Shapes>(fields: Fields): Shape<ValuesOf<Fields>> {
  return new Shape({ kind: 'record', fields: new Map(Object.entries(fields)), keepsType: false });
}

/** A data object that comes in variants: `type` tells which one it is, in vSphere's word for it. */
export function variant<Fields extends Shapes>(fields: Fields): Shape<ValuesOf<Fields> & { type: string }> {
  return new Shape({ kind: 'record', fields: new Map(Object.entries(fields)), keepsType: true });
}

/** A list. With `only`, items of other types are skipped unread. */
export function list<Value>(item: Shape<Value>, only?: readonly string[]): Shape<Value[]> {
  return new Shape({ kind: 'list', item, only: only && new Set(only), wrapped: false });
}

/** A list that stands in an element of its own, as the details of a fault do. */
export function wrappedList<Value>(item: Shape<Value>): Shape<Value[]> {
  return new Shape({ kind: 'list', item, only: undefined, wrapped: true });
}

/** A shape that contains itself. */
export function lazy<Value>(shape: () => Shape<Value>): Shape<Value> {
  return new Shape({ kind: 'lazy', shape });
}

/** The `propSet` of an object: each property read with the shape of its path, into one object by path. */
export function propertiesOf(shapes: ReadonlyMap<string, AnyShape>): Shape<Record<string, unknown>> {
  return new Shape({ kind: 'properties', shapes });
}

/** A property that older versions of the API don't know. */
export function since<Value>(version: string, shape: Shape<Value>): Shape<Value> {
  return new Shape(shape.rule, { ...shape.availability, since: version });
}

/** A property that only some of a table's managed types have. */
export function on<Value>(types: readonly string[], shape: Shape<Value>): Shape<Value> {
  return new Shape(shape.rule, { ...shape.availability, on: types });
}
