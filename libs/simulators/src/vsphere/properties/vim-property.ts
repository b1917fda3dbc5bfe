import type { ManagedObject } from '../model/managed-object.js';
import { escapeXml, referenceElement } from '../soap/vim-xml.js';

/**
 * One property of a vim25 object: how to write it as XML, read from a model object of type `Source`. It is
 * compiled once and then written for thousands of objects, hence closures over ready-made tags.
 */
export interface VimProperty<Source> {
  /** Writes the value of a `propSet`, `<val xsi:type="…">…</val>`; empty when the property is unset. */
  value: (source: Source) => string;
  /** Makes a writer for the property as a field of a data object; empty when it is unset. */
  field: (name: string) => (source: Source) => string;
  /** The fields that a property path may go on to. Absent: the path ends here. */
  fields?: VimFields<Source>;
  /** The objects it refers to, for traversal. */
  references?: (source: Source) => Iterable<ManagedObject>;
}

export type VimFields<Source> = Readonly<Record<string, VimProperty<Source>>>;

type Get<Source, Value> = (source: Source) => Value | undefined;

/** A simple value, given as text that needs no escaping. */
function simple<Source>(type: string, get: Get<Source, string>): VimProperty<Source> {
  const open = `<val xsi:type="${type}">`;
  return {
    value: (source) => {
      const text = get(source);
      return text === undefined ? '' : `${open}${text}</val>`;
    },
    field: (name) => {
      const start = `<${name}>`;
      const end = `</${name}>`;
      return (source) => {
        const text = get(source);
        return text === undefined ? '' : start + text + end;
      };
    },
  };
}

/** A string. An empty one counts as unset, as in vcsim. */
export function text<Source>(get: Get<Source, string>): VimProperty<Source> {
  return simple('xsd:string', (source) => {
    const value = get(source);
    return value === undefined || value === '' ? undefined : escapeXml(value);
  });
}

export function int<Source>(get: Get<Source, number>): VimProperty<Source> {
  return simple('xsd:int', (source) => get(source)?.toString());
}

/** A 64-bit number: sizes in bytes. */
export function long<Source>(get: Get<Source, number>): VimProperty<Source> {
  return simple('xsd:long', (source) => get(source)?.toString());
}

export function boolean<Source>(get: Get<Source, boolean>): VimProperty<Source> {
  return simple('xsd:boolean', (source) => get(source)?.toString());
}

/** A time, from milliseconds since the epoch. */
export function dateTime<Source>(get: Get<Source, number>): VimProperty<Source> {
  return simple('xsd:dateTime', (source) => {
    const time = get(source);
    return time === undefined ? undefined : new Date(time).toISOString();
  });
}

/** A value of one of vim25's enumerations. */
export function enumeration<Source>(type: string, get: Get<Source, string>): VimProperty<Source> {
  return simple(type, get);
}

/** A reference to one managed object. */
export function reference<Source>(get: Get<Source, ManagedObject>): VimProperty<Source> {
  return {
    value: (source) => {
      const object = get(source);
      if (!object) return '';
      return `<val type="${object.type}" xsi:type="ManagedObjectReference">${object.id}</val>`;
    },
    field: (name) => (source) => {
      const object = get(source);
      return object ? referenceElement(name, object) : '';
    },
    references: (source) => {
      const object = get(source);
      return object ? [object] : [];
    },
  };
}

/** References to managed objects; an empty list is still there, as an empty array. */
export function references<Source>(get: (source: Source) => Iterable<ManagedObject>): VimProperty<Source> {
  const write = (source: Source, tag: string): string => {
    let xml = '';
    for (const object of get(source)) xml += referenceElement(tag, object);
    return xml;
  };
  return {
    value: (source) =>
      `<val xsi:type="ArrayOfManagedObjectReference">${write(source, 'ManagedObjectReference')}</val>`,
    field: (name) => (source) => write(source, name),
    references: get,
  };
}

/** An array, its elements written by `write` under the tag it is given; `undefined` when unset. */
export function arrayOf<Source>(
  type: string,
  write: (source: Source, tag: string) => string | undefined,
): VimProperty<Source> {
  const open = `<val xsi:type="ArrayOf${type[0]?.toUpperCase() ?? ''}${type.slice(1)}">`;
  return {
    value: (source) => {
      const xml = write(source, type);
      return xml === undefined ? '' : `${open}${xml}</val>`;
    },
    field: (name) => (source) => write(source, name) ?? '',
  };
}

export interface DataObjectOptions<Source> {
  /** When the object is set. Absent: always. */
  when?: (source: Source) => boolean;
  /** The field's declared type, when the object is of a subtype and so has to name its own. */
  declaredAs?: string;
}

/** A data object: named fields, in the order of the WSDL. */
export function dataObject<Source>(
  type: string,
  fields: VimFields<Source>,
  { when, declaredAs }: DataObjectOptions<Source> = {},
): VimProperty<Source> {
  const writers = Object.entries(fields).map(([name, property]) => property.field(name));
  const open = `<val xsi:type="${type}">`;
  const write = (source: Source): string => {
    let xml = '';
    for (const writer of writers) xml += writer(source);
    return xml;
  };
  const isSet = when ?? (() => true);
  return {
    value: (source) => (isSet(source) ? `${open}${write(source)}</val>` : ''),
    field: (name) => {
      const start = declaredAs === undefined ? `<${name}>` : `<${name} xsi:type="${type}">`;
      return (source) => (isSet(source) ? `${start}${write(source)}</${name}>` : '');
    },
    fields: guarded(fields, isSet),
  };
}

/** A data object written whole, whose fields no path goes down to. */
export function fragment<Source>(
  type: string,
  get: Get<Source, string>,
  { declaredAs }: Pick<DataObjectOptions<Source>, 'declaredAs'> = {},
): VimProperty<Source> {
  const property = simple(type, get);
  if (declaredAs === undefined) return property;
  return {
    ...property,
    field: (name) => (source) => {
      const xml = get(source);
      return xml === undefined ? '' : `<${name} xsi:type="${type}">${xml}</${name}>`;
    },
  };
}

/** What is below an unset object is unset as well. */
function guarded<Source>(fields: VimFields<Source>, isSet: (source: Source) => boolean): VimFields<Source> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, property]) => [
      name,
      {
        ...property,
        value: (source: Source) => (isSet(source) ? property.value(source) : ''),
        ...(property.fields && { fields: guarded(property.fields, isSet) }),
      },
    ]),
  );
}

/** The property at a path such as `config.hardware.numCPU`; `undefined` when there is no such path. */
export function propertyAt<Source>(fields: VimFields<Source>, path: string): VimProperty<Source> | undefined {
  let level: VimFields<Source> | undefined = fields;
  let property: VimProperty<Source> | undefined;
  for (const name of path.split('.')) {
    property = level && Object.hasOwn(level, name) ? level[name] : undefined;
    if (!property) return undefined;
    level = property.fields;
  }
  return property;
}
