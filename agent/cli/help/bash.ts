/** Completion for bash 4 and newer. */

import { everySyntax, syntaxes } from '../syntax';
import type { Syntax } from '../syntax/syntax';
import { type Candidates, filterValues, filterWords, operandsOf, valuesOf } from './candidates';

export function bashCompletion(): string {
  const all = everySyntax();
  const inner = all.filter(({ name }) => name.includes(' ')).map(({ name }) => `'${name}'`);
  const verbs = Object.keys(syntaxes).join(' ');
  return `# bash completion of sockscope, made by: sockscope completion bash
_sockscope() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} sep='' verb=\${COMP_WORDS[1]} words='' action=''
  # Bash takes = and : for words of their own.
  if [[ $cur == [=:] ]]; then
    sep=$cur cur=''
  elif [[ $prev == [=:] ]]; then
    sep=$prev prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if ((COMP_CWORD > 2)); then
    case "$verb \${COMP_WORDS[2]}" in ${inner.join(' | ')}) verb+=" \${COMP_WORDS[2]}" ;; esac
  fi
  if ((COMP_CWORD == 1)); then
    words='${verbs} help --help --version'
  elif [[ $verb == help ]]; then
    words='${verbs}'
  elif [[ $sep == : ]]; then
    case \${prev#-} in
${Object.entries(filterValues)
  .map(([key, values]) => `      ${key}) words='${values.join(' ')}' ;;\n`)
  .join('')}    esac
  else
    case "$verb $prev" in
${valueCases(all)}      *)
        case $verb in
${all.map(verbCase).join('')}        esac
        ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen $action -W "$words" -- "$cur")
  [[ $action == -[df] ]] && compopt -o filenames 2>/dev/null
  [[ \${COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null
}
complete -F _sockscope sockscope
`;
}

/** What is not known has one case, so that nothing is offered for it. */
function valueCases(all: readonly Syntax[]): string {
  const cases = all.flatMap(({ name, options }) =>
    Object.entries(options)
      .filter(([, { type }]) => type === 'string')
      .map(([option, shape]) => ({
        pattern: [`--${option}`, ...(shape.short === undefined ? [] : [`-${shape.short}`])]
          .map((word) => `'${name} ${word}'`)
          .join(' | '),
        values: valuesOf(shape),
      })),
  );
  const isKnown = ({ values }: { readonly values: Candidates }) =>
    values.words.length > 0 || values.besides !== null;
  const unknown = cases.filter((one) => !isKnown(one)).map(({ pattern }) => pattern);
  const known = cases.filter(isKnown).map(({ pattern, values }) => `      ${pattern}) ${offer(values)} ;;\n`);
  return `${known.join('')}      ${unknown.join(' | ')}) ;;\n`;
}

function verbCase(syntax: Syntax): string {
  const options = [...Object.keys(syntax.options), 'help'].map((option) => `--${option}`);
  return `          '${syntax.name}') ${offer(operandsOf(syntax), options)} ;;\n`;
}

const actions = { filter: '', file: ' action=-f', folder: ' action=-d', user: ' action=-u' };

/** Sets `words`, and `action` for names that the shell itself knows. */
function offer({ words, besides }: Candidates, more: readonly string[] = []): string {
  const all = [...words, ...(besides === 'filter' ? filterWords : []), ...more];
  return `words='${all.join(' ')}'${besides === null ? '' : actions[besides]}`;
}
