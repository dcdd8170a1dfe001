/** Parser, help, completions and manual page have the same verbs and options. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { readArguments } from '../../../../../agent/cli/arguments';
import { commands } from '../../../../../agent/cli/commands';
import { bashCompletion } from '../../../../../agent/cli/help/bash';
import { fishCompletion } from '../../../../../agent/cli/help/fish';
import { help, helpOf } from '../../../../../agent/cli/help/help-text';
import { manPage } from '../../../../../agent/cli/help/man-page';
import { zshCompletion } from '../../../../../agent/cli/help/zsh';
import { everySyntax, syntaxes } from '../../../../../agent/cli/syntax';
import { needsVerb, type Syntax } from '../../../../../agent/cli/syntax/syntax';

const all = everySyntax();

/** Lines of a text about one verb. */
type PartOf = (syntax: Syntax) => string;

const page = manPage().replaceAll('\\-', '-');
const texts: Readonly<Record<string, PartOf>> = {
  help: helpOf,
  'the manual page': ({ name, operands }) =>
    page.split('\n.SS ').find((part) => part.startsWith(`sockscope ${name} ${operands}`.trimEnd())) ?? '',
  bash: ({ name }) => lineOf(bashCompletion(), `'${name}') words=`),
  zsh: ({ name }) => lineOf(zshCompletion(), `'${name}') _arguments`),
  fish: ({ name }) =>
    fishCompletion()
      .split('\n')
      .filter((line) => line.includes(`'__sockscope_is \\'${name}\\''`) || line.includes('-l help'))
      .join('\n')
      .replaceAll(' -l ', ' --'),
};

function lineOf(text: string, start: string): string {
  return text.split('\n').find((line) => line.trimStart().startsWith(start)) ?? '';
}

/** A value that the option may have. */
const wordsFor = ({ type, words }: Syntax['options'][string]) =>
  type === 'boolean' ? [] : [words[0] ?? 'x'];

describe('help', () => {
  const { columns } = process.stdout;
  afterEach(() => Object.assign(process.stdout, { columns }));

  it('is as wide as a terminal, from 60 to 100 characters', () => {
    for (const [terminal, most] of [
      [200, 100],
      [80, 80],
      [40, 60],
    ] as const) {
      Object.assign(process.stdout, { columns: terminal });
      for (const text of [help(), ...all.map(helpOf)])
        for (const line of text.split('\n').filter((one) => !one.startsWith('  sockscope ')))
          assert.ok(line.length <= most, `${terminal}: ${line}`);
    }
  });
});

describe('verbs and options', () => {
  it('every verb can be called, and is in the help of all', () => {
    assert.deepEqual(Object.keys(syntaxes).sort(), ['list', ...Object.keys(commands)].sort());
    for (const [name, syntax] of Object.entries(syntaxes)) {
      assert.equal(syntax.name, name);
      assert.match(help(), new RegExp(`^ {2}sockscope ${name}[ \\n]`, 'm'));
    }
  });

  for (const syntax of all)
    it(`sockscope ${syntax.name}: what the parser takes is in help, completions and manual page`, () => {
      for (const [name, option] of Object.entries(syntax.options)) {
        const { values } = readArguments([`--${name}`, ...wordsFor(option)], syntax);
        assert.notEqual(values[name], option.default === true);
        for (const [where, partOf] of Object.entries(texts))
          assert.match(partOf(syntax), new RegExp(`--${name}(?![\\w-])`), `--${name} in ${where}`);
      }
      if (!needsVerb(syntax))
        assert.match(help() + texts.help?.(syntax), new RegExp(`sockscope ${syntax.name}`));
    });

  it('the parser takes nothing else', () => {
    for (const syntax of all)
      assert.throws(() => readArguments(['--nonsense'], syntax), /--nonsense is not known/, syntax.name);
    for (const syntax of all.filter(({ operands }) => operands === ''))
      assert.throws(() => readArguments(['nonsense'], syntax), /"nonsense"/, syntax.name);
  });

  it('every line of help fits into 100 columns', () => {
    for (const text of [help(), ...all.map(helpOf)])
      for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
  });

  it('the manual page in the repository is current', () => {
    const written = readFileSync(resolve('agent', 'cli', 'help', 'sockscope.1'), 'utf8');
    assert.ok(written === manPage(), 'write it: node dist/sockscope.js man > agent/cli/help/sockscope.1');
  });
});
