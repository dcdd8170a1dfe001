/** Completion for fish. */

import { everySyntax, syntaxes } from '../syntax';
import type { Option, Syntax } from '../syntax/syntax';
import { type Candidates, filterValues, filterWords, operandsOf, valuesOf } from './candidates';
import { optionText } from './words';

export function fishCompletion(): string {
  const all = everySyntax();
  const inner = all.filter(({ name }) => name.includes(' ')).map(({ name }) => quoted(name));
  const verbs = Object.values(syntaxes).map(
    ({ name, summary }) => `complete -c sockscope -n '__sockscope_is ""' -a ${name} -d ${quoted(summary)}\n`,
  );
  return `# fish completion of sockscope, made by: sockscope completion fish
function __sockscope_is
    set -l words (commandline -opc)
    set -l verb "$words[2]"
    contains -- "$words[2] $words[3]" ${inner.join(' ')}; and set verb "$words[2] $words[3]"
    test "$verb" = "$argv[1]"
end
complete -c sockscope -f
${verbs.join('')}complete -c sockscope -n '__sockscope_is ""' -a help
complete -c sockscope -n '__sockscope_is ""' -l version
complete -c sockscope -l help -d 'Prints help'
complete -c sockscope -n '__sockscope_is help' -a ${quoted(Object.keys(syntaxes).join(' '))}
${all.flatMap(linesOf).join('')}`;
}

function linesOf(syntax: Syntax): string[] {
  const operands = wordsOf(operandsOf(syntax));
  return [
    ...Object.entries(syntax.options).map(([name, option]) =>
      line(
        syntax,
        `${option.short === undefined ? '' : `-s ${option.short} `}-l ${name} -d ${quoted(optionText(option))}${valuePart(option)}`,
      ),
    ),
    ...(operands === '' ? [] : [line(syntax, operands)]),
  ];
}

function line({ name }: Syntax, what: string): string {
  return `complete -c sockscope -n ${quoted(`__sockscope_is ${quoted(name)}`)} ${what}\n`;
}

/** -x: it needs a value, and no file is one; -r: a file may be. */
function valuePart(option: Option): string {
  if (option.type === 'boolean') return '';
  const candidates = valuesOf(option);
  return candidates.besides === 'file' ? ' -r -F' : ` -x ${wordsOf(candidates)}`.trimEnd();
}

function wordsOf({ words, besides }: Candidates): string {
  const named = {
    filter: [...filterWords, ...knownTerms],
    file: [],
    folder: ['(__fish_complete_directories)'],
    user: ['(__fish_complete_users)'],
  };
  const all = [...words, ...(besides === null ? [] : named[besides])];
  return all.length === 0 ? '' : `-a ${quoted(all.join(' '))}`;
}

/** `state:listen`. */
const knownTerms = Object.entries(filterValues).flatMap(([key, values]) =>
  values.map((value) => `${key}:${value}`),
);

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
