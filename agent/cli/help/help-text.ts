/** Output of `sockscope --help`, and of `--help` after each verb. */

import { filterRules, filterTerms } from '../../protocol/filter-words';
import { everySyntax, syntaxes } from '../syntax';
import { needsVerb, optionUsage, type Syntax, takesFilter } from '../syntax/syntax';
import { exitsOf, optionText } from './words';
import { columns, wrap } from './wrap';

const usageOf = ({ name, operands }: Syntax) => `sockscope ${name} ${operands}`.trimEnd();

/** All verbs. */
export function help(): string {
  return text([
    'Usage:',
    ...columns(
      Object.values(syntaxes).map((syntax) => [usageOf(syntax), syntax.summary]),
      36,
    ),
    '',
    ...filterLines(),
    '',
    ...wrap(
      'sockscope VERB --help says what a verb does, and all its options. With --json, verbs print one JSON object. sockscope --version prints the version.',
    ),
    '',
    'Exit codes where it names none:',
    ...columns(exitsOf({}), 1),
  ]);
}

export function helpOf(syntax: Syntax): string {
  const { text: what, options, json, verbs = [] } = syntax;
  const optionRows = Object.entries(options).map(
    ([name, option]) => [optionUsage(name, option), optionText(option)] as const,
  );
  const usage = optionRows.length === 0 ? usageOf(syntax) : `${usageOf(syntax)} [OPTIONS]`;
  return text([
    'Usage:',
    ...(needsVerb(syntax) ? [] : [`  ${usage}`]),
    ...columns(
      verbs.map((verb) => [usageOf(verb), verb.summary]),
      36,
    ),
    '',
    ...wrap(what),
    ...(optionRows.length === 0 ? [] : ['', 'Options:', ...columns(optionRows, 26)]),
    ...(json === undefined ? [] : ['', ...wrap(`JSON: ${json}.`)]),
    ...(takesFilter(syntax) ? ['', ...filterLines()] : []),
    '',
    'Exit codes:',
    ...columns(exitsOf(syntax), 1),
  ]);
}

/** `agent serve` of `agent serve --help`; the verb itself, where the next word is none of its verbs. */
export function syntaxOf(verb: keyof typeof syntaxes, words: readonly string[]): Syntax {
  const [word] = words;
  return everySyntax().find(({ name }) => name === `${verb} ${word}`) ?? syntaxes[verb];
}

function filterLines(): string[] {
  return [...wrap(`Filter terms. ${filterRules}`), ...columns(filterTerms, 60)];
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
