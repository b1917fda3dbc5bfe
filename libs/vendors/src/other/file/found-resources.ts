import { setImmediate } from 'node:timers/promises';

import type { JsonObject, Resource } from '#domain';
import type { DocumentSource, UploadedDocument } from '#vendor-kit';

import { MappingError, RecordMapper } from '../mapping/record-mapper.js';
import { OtherError } from '../other-error.js';
import { csvRows } from './csv-rows.js';
import { columnsIn, type CsvDocument, type FileDocument, mappingOfColumns } from './file-document.js';
import { FormatError, type Found, type RecordPlace } from './found-record.js';
import { jsonLines } from './json-lines.js';
import { stateInstances } from './state-instances.js';
import { stateResource } from './state-resource.js';

/** A record of a file, and the resource that it becomes. */
export interface FileRecord {
  record: JsonObject;
  resource: Resource;
}

/** What is read: a document, as the connector says, for the resources of a type. */
export interface FileReading {
  connector: FileDocument;
  source: DocumentSource;
  document: UploadedDocument;
  type: string;
  signal: AbortSignal;
}

/** What becomes of each record of a document, in its order. @throws {FormatError} where nothing more can be read */
export async function* foundResources(reading: FileReading): AsyncGenerator<Found<FileRecord>, void> {
  const { connector } = reading;
  const texts = textsOf(reading);
  if (connector.format === 'terraform_state') {
    for await (const found of stateInstances(texts, reading.type)) {
      if ('problem' in found) {
        yield found;
        continue;
      }
      const { at, record } = found;
      const resource = stateResource(record);
      if (resource === undefined) yield { at, problem: 'has neither arn, self_link nor id' };
      else yield { at, record: { record: resource.properties, resource } };
    }
    return;
  }
  const { states, default_status } = connector;
  const mapping = connector.format === 'csv' ? mappingOfColumns(connector.mapping) : connector.mapping;
  const mapper = new RecordMapper({
    mapping,
    ...(states === undefined ? {} : { states }),
    ...(default_status === undefined ? {} : { default_status }),
  });
  const records = connector.format === 'csv' ? csvRecords(texts, connector) : jsonLines(texts);
  for await (const found of records)
    yield 'problem' in found ? found : mapped(mapper, found.at, found.record);
}

function mapped(mapper: RecordMapper, at: RecordPlace, record: JsonObject): Found<FileRecord> {
  try {
    return { at, record: { record, resource: mapper.resourceOf(record) } };
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    return { at, problem: error.message };
  }
}

/** Rows as objects, by the names in the first of them. */
async function* csvRecords(
  texts: AsyncIterable<string>,
  { delimiter = ',', mapping }: CsvDocument,
): AsyncGenerator<Found<JsonObject>, void> {
  let columns: string[] | undefined;
  for await (const found of csvRows(texts, delimiter)) {
    if (columns === undefined) {
      columns = 'problem' in found ? undefined : checkedHeader(found.record, columnsIn(mapping));
      if (columns === undefined) throw new FormatError('the first line names no columns');
      continue;
    }
    if ('problem' in found) {
      yield found;
      continue;
    }
    const { at, record: fields } = found;
    if (fields.length === columns.length) {
      yield { at, record: Object.fromEntries(columns.map((name, index) => [name, fields[index] ?? ''])) };
    } else {
      const [has, wanted] = [String(fields.length), String(columns.length)];
      yield { at, problem: `has ${has} fields, and the first line ${wanted}` };
    }
  }
  // An empty text is no table without rows: it is what is left of one that could not be made.
  if (columns === undefined) throw new FormatError('it is empty: the first line has to name the columns');
}

function checkedHeader(names: readonly string[], wanted: readonly string[]): string[] {
  const columns = names.map((name) => name.trim());
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined)
    throw new FormatError(`the first line has two columns of the name "${repeated}"`);
  const missing = wanted.filter((name) => !columns.includes(name));
  if (missing.length > 0) throw new FormatError(`the first line names no column "${missing.join('", "')}"`);
  return columns;
}

/** The document, part by part. @throws {OtherError} when another one takes its place meanwhile */
async function* textsOf({ source, document, signal }: FileReading): AsyncGenerator<string, void> {
  for (let number = 0; number < document.parts; number += 1) {
    signal.throwIfAborted();
    await setImmediate(); // a part is some milliseconds' work
    const text = await source.part(document.id, number);
    if (text === undefined) throw new OtherError('DOCUMENT_REPLACED', { host: '' });
    yield text;
  }
}
