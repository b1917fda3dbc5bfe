import type { Command, Option } from 'commander';

/** What may follow a command on the command line. */
export interface WordNode {
  /** Its words after `muster`, `accounts add`; empty for `muster` itself. */
  path: string;
  commands: { name: string; description: string }[];
  options: OptionWord[];
  /** Values of its arguments, where they are known: vendors, shells. */
  values: string[];
}

export interface OptionWord {
  /** As typed: `--output`, `-o`. */
  flags: string[];
  description: string;
  takes: 'nothing' | 'value' | 'file';
  /** The values it can have, where they are known. */
  values: readonly string[];
}

const HELP: OptionWord = {
  flags: ['--help'],
  description: 'show what it does and takes',
  takes: 'nothing',
  values: [],
};

/** Every command with what may follow it, `muster` first: what a completion is made of. */
export function wordTree(program: Command): WordNode[] {
  const everywhere = optionsOf(program).filter(({ flags }) => !flags.includes('--version'));
  const groups = program.commands.map((command) => nodesOf(command, '', everywhere));
  return [{ ...nodeOf(program, ''), options: [...optionsOf(program), HELP] }, ...groups.flat()];
}

function nodesOf(command: Command, before: string, everywhere: readonly OptionWord[]): WordNode[] {
  const path = `${before} ${command.name()}`.trimStart();
  // Without another word, the first command of a group is meant: its words may follow, too.
  const [implied] = command.commands;
  const meant = implied === undefined ? undefined : nodeOf(implied, path);
  const node = nodeOf(command, path);
  return [
    {
      ...node,
      options: [...node.options, ...(meant?.options ?? []), ...everywhere, HELP],
      values: [...node.values, ...(meant?.values ?? [])],
    },
    ...command.commands.flatMap((each) => nodesOf(each, path, everywhere)),
  ];
}

function nodeOf(command: Command, path: string): WordNode {
  return {
    path,
    commands: command.commands.map((each) => ({ name: each.name(), description: each.description() })),
    options: optionsOf(command),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
}

function optionsOf(command: Command): OptionWord[] {
  return command.options.filter(({ hidden }) => !hidden).map(toOptionWord);
}

function toOptionWord({ long, short, description, required, argChoices, flags }: Option): OptionWord {
  return {
    flags: [long, short].filter((flag) => flag !== undefined),
    description,
    takes: !required ? 'nothing' : flags.includes('<file>') ? 'file' : 'value',
    values: argChoices ?? [],
  };
}
