import { once } from 'node:events';

import type { Command } from 'commander';

import { createMusterClient, type MusterClient } from './client.js';
import { usageError } from './command-error.js';
import { EXIT, type ExitCode } from './exit-code.js';
import type { Column } from './output/column.js';
import { printable } from './output/printable.js';
import { type Format, writeBatches, writeRecord, writeRecords } from './output/record-writer.js';
import { chooseConnection, type Connection } from './settings/connection.js';
import { profilesFile, readProfiles } from './settings/profiles.js';

/** What a command has around it. */
export interface Surroundings {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  errors: NodeJS.WriteStream;
  variables: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C, with the reason. */
  signal: AbortSignal;
}

/** Options that every command takes. */
export interface GlobalOptions {
  profile?: string;
  output: Format;
  quiet?: true;
}

/** One run of the program: what its commands read, call and write. */
export class Session {
  /** How it ends, if nothing is thrown. */
  exitCode: ExitCode = EXIT.success;

  constructor(
    readonly surroundings: Surroundings,
    private readonly program: Command,
  ) {}

  get options(): GlobalOptions {
    return this.program.opts<GlobalOptions>();
  }

  /** Which Muster is called, and with which key. */
  async connection(): Promise<Connection> {
    const { variables } = this.surroundings;
    const profiles = await readProfiles(profilesFile(variables), (line) => this.note(line));
    return chooseConnection(this.options.profile, variables, profiles);
  }

  async client(): Promise<MusterClient> {
    return this.clientOf(await this.connection());
  }

  /** @throws {CommandError} when address or key cannot be right. */
  clientOf({ url, api_key: apiKey, source }: Connection): MusterClient {
    const { signal } = this.surroundings;
    try {
      return createMusterClient({
        baseUrl: url,
        apiKey,
        fetch: (request) => fetch(request, { signal: AbortSignal.any([request.signal, signal]) }),
      });
    } catch (error) {
      throw usageError((error as Error).message, `It is of ${source}.`);
    }
  }

  /** Writes a result, no faster than it is read. */
  readonly write = async (text: string): Promise<void> => {
    const { output } = this.surroundings;
    if (text !== '' && !output.write(text)) await once(output, 'drain');
  };

  /** Tells people something that is no result. */
  note(line: string): void {
    if (this.options.quiet !== true) this.surroundings.errors.write(`muster: ${printable(line)}\n`);
  }

  /** Writes a listing; at most so many of its records, by default all. */
  async list<Item>(
    records: AsyncIterable<Item> | Iterable<Item>,
    columns: readonly Column<Item>[],
    limit = Infinity,
  ): Promise<void> {
    const style = { format: this.options.output, columns, write: this.write };
    const written = await writeRecords(firstOf(records, limit), style);
    if (written === 0 && this.options.output === 'table') this.note('there is none');
  }

  /** Writes a listing that goes on, in lines: a page of it as soon as it is there. */
  async listPages<Item>(
    pages: AsyncIterable<readonly Item[]>,
    columns: readonly Column<Item>[],
  ): Promise<void> {
    await writeBatches(pages, { format: this.options.output, columns, write: this.write });
  }

  /** Writes one document. */
  async show<Item>(record: Item, columns: readonly Column<Item>[]): Promise<void> {
    await writeRecord(record, { format: this.options.output, columns, write: this.write });
  }

  /** Writes one value: alone on its line for `$(…)`, else as a document of this name. */
  async tell(name: string, value: string | number): Promise<void> {
    if (this.options.output === 'table') return this.write(`${printable(String(value))}\n`);
    return this.show({ [name]: value }, [{ name, of: (record) => record[name] }]);
  }
}

async function* firstOf<Item>(
  records: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
): AsyncGenerator<Item> {
  let left = limit;
  for await (const record of records) {
    yield record;
    left -= 1;
    if (left <= 0) return;
  }
}
