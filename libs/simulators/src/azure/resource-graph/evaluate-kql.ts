import type { JsonValue } from '#domain';

import { type SimulatedResource, subscriptionOf } from '../azure-estate.js';
import { type Column, type Expression, KqlError, type Query } from './kql.js';

/** A row of a query, by column. What isn't there is `null`. */
export type Row = Record<string, JsonValue>;

/** What a query is run on. */
export interface Base {
  /** The resource that a row begins as. */
  resource: SimulatedResource;
  /** What a join may find for it. */
  near: () => Iterable<SimulatedResource>;
}

/**
 * The rows that a query makes of one resource. All that queries may have in them works row by row, but for the order,
 * which is by id and is that of the estate.
 */
export function rowsOf(query: Query, base: Base): Row[] {
  let rows: Row[] = [columnsOf(base.resource)];
  for (const step of query.steps) {
    switch (step.kind) {
      case 'where':
        rows = rows.filter((row) => truth(evaluate(step.condition, row)));
        break;
      case 'extend':
        rows = rows.map((row) => ({ ...lazily(row), ...valuesOf(step.columns, row) }));
        break;
      case 'project':
        rows = rows.map((row) => valuesOf(step.columns, row));
        break;
      case 'order':
        if (step.by !== 'id') throw new KqlError(`'${step.by}' is not what the simulator orders by`);
        break;
      case 'join':
        rows = rows.flatMap((row) => joined(row, step.query, { on: step.on, base }));
        break;
    }
    if (rows.length === 0) return rows;
  }
  return rows;
}

/** Resource Graph writes types in lower case. Properties are made only when they are looked at. */
function columnsOf(resource: SimulatedResource): Row {
  const row: Row = {
    id: resource.id,
    name: resource.name,
    type: resource.type.toLowerCase(),
    kind: resource.kind ?? '',
    location: resource.location,
    resourceGroup: resource.resourceGroup.toLowerCase(),
    subscriptionId: subscriptionOf(resource.id),
    managedBy: resource.managedBy ?? '',
    sku: resource.sku ?? null,
    plan: null,
    tags: resource.tags ?? null,
    identity: resource.identity ?? null,
    zones: resource.zones ?? null,
    extendedLocation: null,
  };
  return Object.defineProperty(row, 'properties', { enumerable: true, get: () => resource.properties });
}

/** A copy that looks at nothing. */
function lazily(row: Row): Row {
  return Object.defineProperties({}, Object.getOwnPropertyDescriptors(row));
}

function joined(row: Row, right: Query, { on, base }: { on: string; base: Base }): Row[] {
  const key = valueAt(row, [on]);
  const found: Row[] = [];
  for (const resource of base.near()) {
    for (const match of rowsOf(right, { resource, near: base.near })) {
      if (valueAt(match, [on]) === key && key !== null && key !== '') found.push(match);
    }
  }
  if (found.length > 0) return found.map((match) => ({ ...match, ...row }));
  const columns = right.steps.flatMap((step) => (step.kind === 'project' ? step.columns : []));
  return [{ ...Object.fromEntries(columns.map(({ name }) => [name, null])), ...row }];
}

function valuesOf(columns: readonly Column[], row: Row): Row {
  return Object.fromEntries(columns.map(({ name, value }) => [name, evaluate(value, row)]));
}

function evaluate(expression: Expression, row: Row): JsonValue {
  switch (expression.kind) {
    case 'text':
      return expression.text;
    case 'path':
      return valueAt(row, expression.steps);
    case 'call':
      return called(expression.name, evaluate(expression.argument, row));
    case 'compare': {
      const [left, right] = [expression.left, expression.right].map((side) => lower(evaluate(side, row)));
      return expression.operator === '=~' ? left === right : (left ?? '').includes(right ?? '');
    }
    case 'in': {
      const value = lower(evaluate(expression.left, row));
      return expression.texts.some((text) => text.toLowerCase() === value) !== expression.negated;
    }
    case 'and':
      return truth(evaluate(expression.left, row)) && truth(evaluate(expression.right, row));
    case 'or':
      return truth(evaluate(expression.left, row)) || truth(evaluate(expression.right, row));
  }
}

function called(name: 'tolower' | 'tostring' | 'isnotempty' | 'not', value: JsonValue): JsonValue {
  switch (name) {
    case 'tolower':
      return lower(value);
    case 'tostring':
      return textOf(value);
    case 'isnotempty':
      return textOf(value) !== '';
    case 'not':
      return !truth(value);
  }
}

function valueAt(row: Row, [column = '', ...steps]: readonly (string | number)[]): JsonValue {
  if (!(column in row)) {
    throw new KqlError(`Failed to resolve column or scalar expression named '${String(column)}'`);
  }
  return steps.reduce<JsonValue>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? (value[step] ?? null) : null;
    return typeof value === 'object' && value !== null ? (value[step] ?? null) : null;
  }, row[column] ?? null);
}

function truth(value: JsonValue): boolean {
  if (typeof value !== 'boolean') throw new KqlError('The condition is no boolean');
  return value;
}

function lower(value: JsonValue): string {
  return textOf(value).toLowerCase();
}

function textOf(value: JsonValue): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
