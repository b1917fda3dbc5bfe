/** The soak: `npm run soak`. */
import globalSetup from '../support/global-setup.mjs';
import globalTeardown from '../support/global-teardown.mjs';
import { parseCommandLine, USAGE } from './command-line.js';
import { Soak } from './soak.js';

const begin = performance.now();

function say(line: string): void {
  const seconds = Math.round((performance.now() - begin) / 1_000);
  process.stdout.write(`${String(seconds).padStart(5)} s  ${line}\n`);
}

async function main(words: readonly string[]): Promise<number> {
  if (words.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const command = parseCommandLine(words);
  await globalSetup();
  try {
    const soak = await Soak.start(command);
    say(`${String(command.accounts)} accounts, for ${String(command.minutes)} minutes`);
    const complaints = await soak.run(command.minutes, say).finally(() => soak.close());
    for (const complaint of complaints) say(`✗ ${complaint}`);
    if (complaints.length === 0) say('✓ nothing grew, nothing was stuck, nothing was lost');
    return complaints.length === 0 ? 0 : 1;
  } finally {
    await globalTeardown();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`✗ ${(error as Error).message}\n`);
  process.exitCode = 1;
}
