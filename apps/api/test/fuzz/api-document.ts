import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** Its types say that the module is the function, which Node wraps into an object. */
const formats = addFormats as unknown as typeof addFormats.default;

export type Schema = Record<string, unknown>;

/** A parameter of an operation, references followed. */
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Schema;
}

/** An operation of the document. */
export interface DocumentedOperation {
  /** `GET /v1/vendor-account` */
  name: string;
  operationId: string;
  method: string;
  path: string;
  parameters: Parameter[];
  /** The schema of its body; undefined when it has none. */
  body: Schema | undefined;
}

/** An answer as it came over the wire. */
export interface WireAnswer {
  status: number;
  headers: Headers;
  /** Undefined when it is no JSON. */
  body: unknown;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** The API's own description, as what its answers are held to. */
export class ApiDocument {
  readonly operations: DocumentedOperation[];
  private readonly ajv: Ajv2020;
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(private readonly document: Schema) {
    this.ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
    formats(this.ajv);
    // Answers may come to have more fields; but what they have now is to be described.
    this.ajv.addSchema({ ...(closed(document) as Schema), $id: 'answers' });
    this.ajv.addSchema({ ...document, $id: 'requests' });
    this.operations = this.readOperations();
  }

  /** What is wrong with an answer by the document; undefined when it is as described. */
  problemOf(
    { path, method }: DocumentedOperation,
    { status, headers, body }: WireAnswer,
  ): string | undefined {
    const pointer = ['paths', path, method.toLowerCase(), 'responses', String(status)];
    const { value: response, pointer: at } = this.follow(pointer);
    if (response === undefined) return `the status ${String(status)} is not documented`;
    if (headers.get('content-type')?.startsWith('application/json') !== true) return 'it is no JSON';
    const described = Object.keys(response['headers'] ?? {}).map((name) => name.toLowerCase());
    if (!described.includes('x-request-id')) return 'X-Request-Id is not documented';
    if (!/^[\w.:-]{8,64}$/.test(headers.get('x-request-id') ?? '')) return 'it has no X-Request-Id';
    const validate = this.validator(
      `answers#/${toPointer([...at, 'content', 'application/json', 'schema'])}`,
    );
    if (!validate(body)) return this.ajv.errorsText(validate.errors, { dataVar: 'body' });
    return undefined;
  }

  /** Whether a body is what the document asks for. */
  takesBody({ path, method }: DocumentedOperation, body: unknown): boolean {
    const at = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
    return this.validator(`requests#/${toPointer(at)}`)(body);
  }

  /** Whether a parameter's value is what the document asks for. */
  takesValue(schema: Schema, value: unknown): boolean {
    const key = JSON.stringify(schema);
    const known = this.validators.get(key) ?? this.ajv.compile(schema);
    this.validators.set(key, known);
    return known(value);
  }

  /** A schema with its reference followed. */
  resolve(schema: Schema): Schema {
    const { $ref } = schema;
    return typeof $ref === 'string' ? this.resolve(this.follow(fromReference($ref)).value ?? {}) : schema;
  }

  private validator(reference: string): ValidateFunction {
    const known = this.validators.get(reference) ?? this.ajv.compile({ $ref: reference });
    this.validators.set(reference, known);
    return known;
  }

  /** What is at a place, and where it really is when there is a reference. */
  private follow(pointer: string[]): { value: Schema | undefined; pointer: string[] } {
    let value: unknown = this.document;
    for (const name of pointer) value = (value as Schema | undefined)?.[name];
    const found = value as Schema | undefined;
    const reference = found?.['$ref'];
    return typeof reference === 'string' ? this.follow(fromReference(reference)) : { value: found, pointer };
  }

  private readOperations(): DocumentedOperation[] {
    return Object.entries(this.document['paths'] as Record<string, Record<string, Schema>>).flatMap(
      ([path, item]) =>
        Object.entries(item)
          .filter(([method]) => METHODS.includes(method))
          .map(([method, operation]) => this.readOperation(path, method, operation)),
    );
  }

  private readOperation(path: string, method: string, operation: Schema): DocumentedOperation {
    const body = this.follow(['paths', path, method, 'requestBody', 'content', 'application/json', 'schema']);
    return {
      name: `${method.toUpperCase()} ${path}`,
      operationId: String(operation['operationId']),
      method: method.toUpperCase(),
      path,
      parameters: (operation['parameters'] as Schema[]).map(
        (parameter) => this.resolve(parameter) as unknown as Parameter,
      ),
      body: body.value,
    };
  }
}

function fromReference(reference: string): string[] {
  return reference
    .slice('#/'.length)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function toPointer(names: string[]): string {
  return names.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
}

/** A copy in which every object with known fields has no others. */
function closed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(closed);
  const copy = Object.fromEntries(Object.entries(value).map(([name, child]) => [name, closed(child)]));
  const isOpenObject =
    copy['type'] === 'object' && copy['properties'] !== undefined && !('additionalProperties' in copy);
  return isOpenObject ? { ...copy, additionalProperties: false } : copy;
}
