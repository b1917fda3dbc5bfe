import { Argument, type Command } from 'commander';

import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import { wordTree } from '../completion/word-tree.js';
import { zshCompletion } from '../completion/zsh.js';
import type { Session } from '../session.js';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `muster completion`. */
export function addCompletion(program: Command, session: Session): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SHELLS)))
    .action(async (shell: keyof typeof SHELLS) => session.write(SHELLS[shell](wordTree(program))));
}
