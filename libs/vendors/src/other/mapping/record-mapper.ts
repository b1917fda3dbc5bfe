import type { JsonObject, JsonValue, Relation, RelationKind, Resource, ResourceStatus } from '#domain';

import type { MappingDocument, StreamDocument } from '../document/connector-document.js';
import { compileExpression, type Expression, ExpressionError } from './expression.js';
import { statusOfWord } from './states.js';
import { timeOfText } from './time-of-text.js';

/** Seconds are told from milliseconds by their size: in milliseconds this is in 1973, in seconds in 5138. */
const FIRST_MILLISECONDS = 100_000_000_000;

/** A field of the mapping that a record doesn't fit. Its message is for whoever wrote the mapping. */
export class MappingError extends Error {
  override readonly name = 'MappingError';

  constructor(
    readonly field: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`mapping.${field} ${reason}`, options);
  }
}

type FieldName = Exclude<keyof MappingDocument, 'relations'>;

interface RelationMapping {
  kind: RelationKind;
  type: string;
  id: Expression;
}

/** Makes resources of a stream's records. */
export class RecordMapper {
  private readonly fields: ReadonlyMap<FieldName, Expression>;
  private readonly relations: readonly RelationMapping[];
  private readonly states: ReadonlyMap<string, ResourceStatus>;
  private readonly defaultStatus: ResourceStatus;

  constructor({
    mapping,
    states = {},
    default_status: defaultStatus = 'unknown',
  }: Pick<StreamDocument, 'mapping' | 'states' | 'default_status'>) {
    const { relations = [], ...fields } = mapping;
    this.fields = new Map(
      (Object.entries(fields) as [FieldName, string][]).map(([name, source]) => [
        name,
        compileExpression(source),
      ]),
    );
    this.relations = relations.map(({ kind, type, id }) => ({ kind, type, id: compileExpression(id) }));
    this.states = new Map(Object.entries(states).map(([word, status]) => [word.toLowerCase(), status]));
    this.defaultStatus = defaultStatus;
  }

  /** @throws {MappingError} */
  idOf(record: JsonObject): string {
    const id = textOf(this.value('id', record), 'id');
    if (id === '') throw new MappingError('id', `gives ${shown(this.value('id', record))}, which is no id`);
    return id;
  }

  /** @throws {MappingError} */
  resourceOf(record: JsonObject): Resource {
    const nativeId = this.idOf(record);
    const zoneId = this.text('zone', record);
    const createdAt = createdAtOf(this.value('created_at', record));
    return {
      nativeId,
      name: this.text('name', record) || nativeId,
      ...this.condition(record),
      regionId: this.text('region', record),
      ...(zoneId === '' ? {} : { zoneId }),
      addresses: addressesOf(this.value('addresses', record)),
      tags: tagsOf(this.value('tags', record)),
      ...(createdAt === undefined ? {} : { createdAt }),
      properties: this.properties(record),
      relations: this.relationsOf(record),
    };
  }

  /** Names of a record's own fields that are part of nothing but `properties`. */
  unmappedFields(record: JsonObject): string[] {
    const used = [...this.fields]
      .filter(([name]) => name !== 'properties')
      .map(([, expression]) => expression)
      .concat(this.relations.map(({ id }) => id))
      .map(({ fields }) => fields);
    return Object.keys(record).filter(
      (name) => !used.some((fields) => fields === undefined || fields.has(name)),
    );
  }

  private value(field: FieldName, record: JsonObject): JsonValue {
    const expression = this.fields.get(field);
    return expression === undefined ? null : evaluated(expression, record, field);
  }

  private text(field: FieldName, record: JsonObject): string {
    return textOf(this.value(field, record), field);
  }

  /** What has no states is there. */
  private condition(record: JsonObject): Pick<Resource, 'status' | 'nativeStatus'> {
    if (!this.fields.has('status')) return { status: 'available' };
    const value = this.value('status', record);
    const word = typeof value === 'boolean' ? String(value) : textOf(value, 'status');
    if (word === '') return { status: this.defaultStatus };
    const status = this.states.get(word.toLowerCase()) ?? statusOfWord(word) ?? this.defaultStatus;
    return { status, nativeStatus: word };
  }

  private properties(record: JsonObject): JsonObject {
    if (!this.fields.has('properties')) return record;
    const value = this.value('properties', record);
    if (isObject(value)) return value;
    throw new MappingError('properties', `gives ${shown(value)}, which is no object`);
  }

  private relationsOf(record: JsonObject): Relation[] {
    const all = this.relations.flatMap(({ kind, type, id }, index) => {
      const field = `relations[${String(index)}].id`;
      return flat(evaluated(id, record, field)).flatMap((value) => {
        const nativeId = textOf(value, field);
        return nativeId === '' ? [] : [{ kind, type, nativeId }];
      });
    });
    return [...new Map(all.map((one) => [`${one.kind} ${one.type} ${one.nativeId}`, one])).values()];
  }
}

function evaluated(expression: Expression, record: JsonObject, field: string): JsonValue {
  try {
    return expression.evaluate(record);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new MappingError(field, `fails: ${error.message}`, { cause: error });
  }
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as an error shows it: never the whole, which may be large, or secret. */
function shown(value: JsonValue): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  return value === '' ? 'an empty text' : typeof value === 'string' ? 'a text' : String(value);
}

/** Texts and numbers; empty where there is nothing. */
function textOf(value: JsonValue, field: string): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  // A larger number was rounded when it was read.
  if (typeof value === 'number' && (!Number.isInteger(value) || Number.isSafeInteger(value)))
    return String(value);
  throw new MappingError(field, `gives ${shown(value)}, which is no text`);
}

/** Lists within lists as one, without what is null. */
function flat(value: JsonValue): JsonValue[] {
  if (Array.isArray(value)) return value.flatMap(flat);
  return value === null ? [] : [value];
}

function addressesOf(value: JsonValue): string[] {
  const all = flat(value).map((one) => {
    if (typeof one !== 'string')
      throw new MappingError('addresses', `gives ${shown(one)}, which is no address`);
    return one;
  });
  return [...new Set(all.filter((one) => one !== ''))];
}

/** Of an object, of a list of `{key, value}`, or of a list of names. */
function tagsOf(value: JsonValue): Record<string, string> {
  const entries = isObject(value) ? Object.entries(value) : flat(value).map(tagOf);
  return Object.fromEntries(
    entries
      .map(([name, one]): [string, string] => [name, plain(one)])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function tagOf(tag: JsonValue): [string, JsonValue] {
  if (typeof tag === 'string') return [tag, ''];
  const { key, value = '' } = isObject(tag) ? tag : {};
  if (typeof key === 'string' || typeof key === 'number') return [String(key), value];
  throw new MappingError(
    'tags',
    `gives ${shown(tag)} in its list, which is neither a name nor { key, value }`,
  );
}

function plain(value: JsonValue): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function createdAtOf(value: JsonValue): Date | undefined {
  if (value === null || value === '') return undefined;
  const date = typeof value === 'number' ? new Date(millisecondsOf(value)) : timeOfValue(value);
  if (date !== undefined && Number.isFinite(date.getTime())) return date;
  throw new MappingError('created_at', `gives ${shown(value)}, which is no time`);
}

function timeOfValue(value: JsonValue): Date | undefined {
  return typeof value === 'string' ? timeOfText(value) : undefined;
}

function millisecondsOf(number: number): number {
  return Math.abs(number) < FIRST_MILLISECONDS ? number * 1_000 : number;
}
