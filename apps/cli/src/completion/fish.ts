import type { OptionWord, WordNode } from './word-tree.js';

/** A completion for fish 3 and later, with what each word does. */
export function fishCompletion(nodes: readonly WordNode[]): string {
  return `# muster completion fish
function __muster_at
    set -l place ''
    for word in (commandline -opc)[2..]
        switch "$place $word"
            case ${nodes
              .slice(1)
              .map(({ path }) => `' ${path}'`)
              .join(' ')}
                set place "$place $word"
        end
    end
    test "$place" = "$argv[1]"
end
complete -c muster -f
${nodes.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, commands, options, values }: WordNode): string[] {
  const here = `complete -c muster -n "__muster_at '${path === '' ? '' : ` ${path}`}'"`;
  return [
    ...commands.map(({ name, description }) => `${here} -a ${name} -d ${quoted(description)}`),
    ...(values.length === 0 ? [] : [`${here} -a '${values.join(' ')}'`]),
    ...options.map((option) => `${here} ${optionWords(option)} -d ${quoted(option.description)}`),
  ];
}

function optionWords({ flags, takes, values }: OptionWord): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  if (takes === 'file') return `${names.join(' ')} -r -F`;
  if (takes === 'nothing') return names.join(' ');
  return `${names.join(' ')} -x${values.length === 0 ? '' : ` -a '${values.join(' ')}'`}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
