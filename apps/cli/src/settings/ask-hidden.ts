import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

import { Interrupted } from '../interrupted.js';
import type { Surroundings } from '../session.js';

/** Asks a person at a terminal for a secret, and shows nothing of it. */
export async function askHidden(question: string, { input, errors }: Surroundings): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  const interrupted = new Promise<never>((_resolve, reject) => {
    // In raw mode it is a character to us, and no signal.
    lines.once('SIGINT', () => reject(new Interrupted()));
    lines.once('close', () => reject(new Interrupted()));
  });
  errors.write(question);
  try {
    return await Promise.race([lines.question(''), interrupted]);
  } finally {
    interrupted.catch(() => undefined);
    lines.close();
    errors.write('\n');
  }
}
