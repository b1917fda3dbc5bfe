import { mismatch } from './signature-error.js';

/** A request's headers as they arrived: Node's `headers` joins some that come twice, and drops others. */
export class ReceivedHeaders {
  private readonly values = new Map<string, string[]>();

  /** @param rawHeaders names and values in turns, Node's `rawHeaders`: a character for each byte. */
  constructor(rawHeaders: readonly string[]) {
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      const name = (rawHeaders[at] ?? '').toLowerCase();
      const values = this.values.get(name) ?? [];
      values.push((rawHeaders[at + 1] ?? '').trim());
      this.values.set(name, values);
    }
  }

  /**
   * The one value of a header, undefined when it is not there.
   * @throws {SignatureError} when it is there twice: who signed it meant one of them.
   */
  single(name: string): string | undefined {
    const values = this.values.get(name) ?? [];
    if (values.length > 1) throw mismatch(`the header ${name} is there ${String(values.length)} times`);
    return values[0];
  }
}
