import type { WordNode } from './word-tree.js';

/** A completion for bash 4 and later: of commands, options, and values that are known. */
export function bashCompletion(nodes: readonly WordNode[]): string {
  return `# muster completion bash
_muster() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$path \${COMP_WORDS[index]}" in
      ${nodes
        .slice(1)
        .map(({ path }) => `' ${path}'`)
        .join(' | ')})
        path="$path \${COMP_WORDS[index]}" ;;
    esac
  done
  case "$path $before" in
${valueCases(nodes)}
  esac
  case "$path" in
${nodes.map((node) => `    '${prefixed(node.path)}') COMPREPLY=($(compgen -W '${wordsOf(node).join(' ')}' -- "$word")) ;;`).join('\n')}
  esac
}
complete -F _muster muster
`;
}

function valueCases(nodes: readonly WordNode[]): string {
  const lines = nodes.flatMap(({ path, options }) =>
    options
      .filter(({ takes }) => takes !== 'nothing')
      .map(({ flags, takes, values }) => {
        const words = takes === 'file' ? '-f' : `-W '${values.join(' ')}'`;
        const patterns = flags.map((flag) => `'${prefixed(path)} ${flag}'`).join(' | ');
        return `    ${patterns}) COMPREPLY=($(compgen ${words} -- "$word")); return ;;`;
      }),
  );
  return lines.join('\n');
}

/** Long options only: the short ones are known to who types them. */
function wordsOf({ commands, options, values }: WordNode): string[] {
  return [
    ...commands.map(({ name }) => name),
    ...values,
    ...options.flatMap(({ flags }) => flags.slice(0, 1)),
  ];
}

function prefixed(path: string): string {
  return path === '' ? '' : ` ${path}`;
}
