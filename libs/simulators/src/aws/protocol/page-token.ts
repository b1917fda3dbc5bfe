import { AwsFault } from './aws-fault.js';

/** Makes the tokens by which listings go on. They hold where, for which operation, and when they were valid. */
export class PageTokens {
  private generation = 0;

  /** Makes every token given out so far one that AWS no longer accepts. */
  expire(): void {
    this.generation += 1;
  }

  create(operation: string, offset: number): string {
    return Buffer.from(JSON.stringify([operation, offset, this.generation])).toString('base64url');
  }

  /** @throws {AwsFault} with `code` when it was made for something else, or has expired */
  read(token: string, operation: string, code: string): number {
    const [of, offset, generation] = parse(token);
    if (of === operation && typeof offset === 'number' && generation === this.generation) return offset;
    throw new AwsFault(code, 'The pagination token is not valid or is expired.');
  }
}

function parse(token: string): unknown[] {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[];
  } catch {
    return [];
  }
}
