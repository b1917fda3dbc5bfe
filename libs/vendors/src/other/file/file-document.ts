import type { ResourceStatus } from '#domain';

import type { ConnectorDocument, MappingDocument } from '../document/connector-document.js';
import type { PushDocument } from '../push/push-document.js';

/** How an uploaded file is read: what the account's setting `connector` holds instead of how an API is asked. */
export type FileDocument = StateDocument | LinesDocument | CsvDocument;

/** A Terraform state of version 4. What its resources are, it says itself. */
export interface StateDocument {
  version: 1;
  format: 'terraform_state';
}

interface RowsDocument {
  version: 1;
  /** The type of all of its resources, in our vocabulary. */
  type: string;
  /** The file's words for states, and ours; whatever the case. */
  states?: Readonly<Record<string, ResourceStatus>>;
  /** The status of a state that neither `states` nor Muster knows. Default: `unknown`. */
  default_status?: ResourceStatus;
}

/** An object of JSON a line. */
export interface LinesDocument extends RowsDocument {
  format: 'json_lines';
  mapping: MappingDocument;
}

/** Rows of fields, the first of which has the columns' names. */
export interface CsvDocument extends RowsDocument {
  format: 'csv';
  /** Default: a comma. */
  delimiter?: ',' | ';' | '\t' | '|';
  mapping: ColumnMapping;
}

/** Names of columns. */
export interface ColumnMapping {
  id: string;
  name?: string;
  status?: string;
  region?: string;
  zone?: string;
  created_at?: string;
  addresses?: readonly string[];
  tags?: readonly string[];
  /** Default: all. */
  properties?: readonly string[];
}

export const FILE_FORMATS = ['terraform_state', 'json_lines', 'csv'] as const;

export function isFileDocument(
  connector: ConnectorDocument | FileDocument | PushDocument,
): connector is FileDocument {
  return 'format' in connector;
}

const SINGLE_COLUMNS = ['id', 'name', 'status', 'region', 'zone', 'created_at'] as const;

/** A mapping of columns in JMESPath, where a quoted name is written as in JSON. */
export function mappingOfColumns(columns: ColumnMapping): MappingDocument {
  const quoted = (names: readonly string[]) => names.map((name) => JSON.stringify(name));
  const { addresses, tags, properties } = columns;
  const pairs = (names: readonly string[]) =>
    `{${quoted(names)
      .map((name) => `${name}: ${name}`)
      .join(', ')}}`;
  const single = SINGLE_COLUMNS.flatMap((field) => {
    const name = columns[field];
    return name === undefined ? [] : [[field, JSON.stringify(name)] as const];
  });
  return {
    ...(Object.fromEntries(single) as unknown as MappingDocument),
    ...(addresses === undefined ? {} : { addresses: `[${quoted(addresses).join(', ')}]` }),
    ...(tags === undefined ? {} : { tags: pairs(tags) }),
    ...(properties === undefined ? {} : { properties: pairs(properties) }),
  };
}

/** All columns that a mapping names. */
export function columnsIn({
  addresses = [],
  tags = [],
  properties = [],
  ...single
}: ColumnMapping): string[] {
  const names = [...Object.values(single), ...addresses, ...tags, ...properties] as string[];
  return [...new Set(names)];
}
