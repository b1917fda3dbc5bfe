import type { WordNode } from './word-tree.js';

/** A completion for zsh, with what each word does. To be put as `_muster` into a folder of `$fpath`. */
export function zshCompletion(nodes: readonly WordNode[]): string {
  return `#compdef muster
# muster completion zsh
_muster() {
  local place='' index
  local -a found
  for ((index = 2; index < CURRENT; index++)); do
    case "$place \${words[index]}" in
      ${nodes
        .slice(1)
        .map(({ path }) => `' ${path}'`)
        .join('|')}) place="$place \${words[index]}" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${valueCases(nodes)}
  esac
  case "$place" in
${nodes.map(nodeCase).join('\n')}
  esac
  _describe 'muster' found
}
if [ "$funcstack[1]" = _muster ]; then _muster "$@"; else compdef _muster muster; fi
`;
}

function nodeCase({ path, commands, options, values }: WordNode): string {
  const described = [
    ...commands.map(({ name, description }) => quoted(`${name}:${description}`)),
    ...values.map(quoted),
    ...options.map(({ flags, description }) => quoted(`${flags[0] ?? ''}:${description}`)),
  ];
  return `    '${path === '' ? '' : ` ${path}`}') found=(${described.join(' ')}) ;;`;
}

function valueCases(nodes: readonly WordNode[]): string {
  const lines = nodes.flatMap(({ path, options }) =>
    options
      .filter(({ takes }) => takes !== 'nothing')
      .map(({ flags, takes, values }) => {
        const patterns = flags.map((flag) => `'${path === '' ? '' : ` ${path}`} ${flag}'`).join('|');
        const words = takes === 'file' ? '_files' : `compadd -- ${values.join(' ')}`;
        return `    ${patterns}) ${words}; return ;;`;
      }),
  );
  return lines.join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
