/** Completion for zsh. */

import { everySyntax, syntaxes } from '../syntax';
import type { Option, Syntax } from '../syntax/syntax';
import { type Candidates, filterValues, filterWords, operandsOf, valuesOf } from './candidates';
import { optionText } from './words';

export function zshCompletion(): string {
  const all = everySyntax();
  const inner = all.filter(({ name }) => name.includes(' ')).map(({ name }) => `(${quoted(name)})`);
  const described = Object.values(syntaxes).map(({ name, summary }) => quoted(`${name}:${summary}`));
  return `#compdef sockscope
# zsh completion of sockscope, made by: sockscope completion zsh
_sockscope() {
  local -a verbs=(
${described.map((one) => `    ${one}\n`).join('')}  )
  if ((CURRENT == 2)); then
    _describe -t verbs verb verbs
    compadd -- help --help --version
    return
  fi
  local verb=$words[2]
  if [[ $verb == help ]]; then
    _describe -t verbs verb verbs
    return
  fi
  shift words
  ((CURRENT--))
  if ((CURRENT > 2)); then
    case "$verb $words[2]" in
      ${inner.map((pattern) => pattern.slice(1, -1)).join(' | ')}) verb="$verb $words[2]"; shift words; ((CURRENT--)) ;;
    esac
  fi
  case $verb in
${all.map(verbCase).join('')}  esac
}
_sockscope_filter() {
  compset -P -
${Object.entries(filterValues)
  .map(([key, values]) => `  if compset -P ${key}:; then compadd -- ${values.join(' ')}; return; fi\n`)
  .join('')}  compadd -S '' -- ${filterWords.join(' ')}
  (($#)) && compadd -- "$@"
}
# Loaded from a folder of $fpath it completes at once; where it is read by source it waits to be called.
if [[ $funcstack[1] == _sockscope ]]; then
  _sockscope "$@"
else
  compdef _sockscope sockscope
fi
`;
}

function verbCase(syntax: Syntax): string {
  const options = Object.entries(syntax.options).flatMap(([name, option]) =>
    [optionSpec(name, option), ...shortSpec(name, option)].map(quoted),
  );
  // Without this for other words, zsh offers no options behind one.
  const operands = quoted(`*: :${actionOf(operandsOf(syntax))}`);
  const specs = [...options, quoted('--help[Prints help]'), operands];
  return `    ${quoted(syntax.name)}) _arguments ${specs.join(' ')} ;;\n`;
}

/** `--signal=[What a server gets (TERM)]:signal:(TERM KILL)`. */
function optionSpec(name: string, option: Option): string {
  const help = `[${optionText(option).replaceAll(/[[\]:]/g, '\\$&')}]`;
  if (option.type === 'boolean') return `--${name}${help}`;
  return `--${name}=${help}:${name}:${actionOf(valuesOf(option))}`;
}

/** `-w+[...]:write:_files`: its value may follow at once. */
function shortSpec(name: string, option: Option): string[] {
  if (option.short === undefined) return [];
  return [optionSpec(name, option).replace(`--${name}=`, `-${option.short}+`)];
}

/** A blank before a function keeps arguments of zsh from it. */
function actionOf({ words, besides }: Candidates): string {
  if (besides === 'filter') return ` _sockscope_filter ${words.join(' ')}`.trimEnd();
  const actions = { file: '_files', folder: '_files -/', user: '_users' };
  if (besides !== null) return actions[besides];
  return words.length === 0 ? '' : `(${words.join(' ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
