/** Every text of the extension is translated, and every translation is of a text that there is. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { agentSentences } from '../../../extension/base/agent-sentences';
import { contents } from '../../../scripts/package/contents.mjs';
import { textsIn } from '../../helpers/shown-texts';

const languages = ['de', 'zh-cn'];

type Texts = Record<string, string>;

const root = process.cwd();
const readTexts = (file: string): Texts => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** Also those of the agent's clients that take a Translate. */
const folders = ['extension', 'agent/client', 'agent/common'];
const sources = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => textsIn(`${folder}/${file}`, readFileSync(join(root, folder, file), 'utf8'))),
);
const texts = [...new Set([...agentSentences, ...sources.flatMap(({ translated }) => translated)])].sort();
const inExtension = (place: string) => place.startsWith('extension/');

/** Texts that nobody is shown as they stand in the source. */
const allowed: readonly RegExp[] = [
  /base\/agent-sentences\.ts:/, // they are translated where the agent says one of them
  /ports\/in-use\/in-use-text\.ts:/, // what other programs print
  /ports\/next-text\.ts:\d+ "(sudo sockscope agent | --scope all)"/, // commands
  /ports\/hints\/port-hints\.ts:\d+ "\*\*\//, // names of files
  /webview\/(main|picture|theme)\.ts:\d+ "(#|color-mix\()/, // CSS
  /tools\/tool-calls\.ts:\d+ "(There is no tool|Nothing was done: the user)/, // what language models are told
  /actions\/destroy-text\.ts:\d+ "\{\} \{\} netns/, // lines of the log
  /timeline\/timeline(-file)?\.ts:\d+ "(it is not JSON|it has no drill|store run)"/,
  /connection\/read-status\.ts:\d+ "another protocol number"/, // errors that are caught, or mistakes in the code
  /timeline\/timeline-model\.ts:\d+ "A (run|round) has no/,
];

/** Words that a language shares with English, as far as whole texts are made of them. */
const shared: Record<string, string> = {
  de: 'Agent Backoff Blackhole Bytes Close-wait Container Cookie Details Engines Filter Inode Keepalive Kernel Peer Port Socket Sockets Sockscope TCP Timer UDP Unit bind in linear netns pid time-wait',
  'zh-cn': 'Cookie Inode Keepalive UDP bind netns pid',
};

const placeholders = (text: string) => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();
/** Links to commands, code and names of settings, which are no words. */
const fixedParts = (text: string) =>
  [...(text.match(/\]\(command:[\w.]+\)|`[^`]+`|\bsockscope\.\w[\w.]*|\$\(\w+\)/g) ?? [])].sort();

function compare(
  file: string,
  keys: readonly string[],
  english: (key: string) => string,
  language: string,
): void {
  const translations = readTexts(file);
  it(`${file} has every text`, () => {
    const missing = keys.filter((key) => !translations[key]);
    const lines = missing.map((key) => `  ${JSON.stringify(key)}: ${JSON.stringify(english(key))},`);
    assert.equal(
      missing.length,
      0,
      `translate the right side of these lines, and add them to ${file} (in the order of the left side):\n${lines.join('\n')}`,
    );
  });
  it(`${file} has no other text`, () => {
    const known = new Set(keys);
    const left = Object.keys(translations).filter((key) => !known.has(key));
    assert.deepEqual(left, [], `remove these from ${file}, or rename them: no source has them any more`);
  });
  it(`${file} is in order`, () =>
    assert.deepEqual(
      Object.keys(translations),
      keys.filter((key) => key in translations),
    ));
  it(`${file} keeps placeholders, commands and code`, () => {
    for (const [key, translation] of Object.entries(translations)) {
      const text = english(key);
      assert.deepEqual(placeholders(translation), placeholders(text), text);
      assert.deepEqual(fixedParts(translation), fixedParts(text), text);
    }
  });
  it(`${file} is a translation`, () => {
    const words = shared[language]?.split(' ') ?? [];
    const isShared = (text: string) =>
      (text.match(/\p{L}[\p{L}-]*/gu) ?? []).every((word) => words.includes(word));
    const untranslated = Object.entries(translations).filter(
      ([key, text]) => text === english(key) && !isShared(text),
    );
    assert.deepEqual(untranslated, []);
  });
}

for (const language of languages)
  describe(`translations: ${language}`, () => {
    compare(`extension/l10n/bundle.l10n.${language}.json`, texts, (key) => key, language);
    const manifest = readTexts('package.nls.json');
    compare(`package.nls.${language}.json`, Object.keys(manifest), (key) => manifest[key] ?? '', language);
  });

describe('the packages', () => {
  it('have every bundle where the manifest says', () => {
    const { l10n } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const bundles = readdirSync(join(root, l10n)).map((file) => join(l10n, file));
    const manifestTexts = readdirSync(root).filter((file) => /^package\.nls(\..+)?\.json$/.test(file));
    assert.deepEqual([bundles.length, manifestTexts.length], [languages.length, languages.length + 1]);
    for (const files of [contents.extension, contents.universal])
      for (const file of [...bundles, ...manifestTexts]) assert.ok(files.includes(file), file);
  });
});

describe('texts in the source', () => {
  it('all of them are found', () => assert.ok(texts.length > 500, String(texts.length)));

  it('each stands in its call of t, where its translation is found', () =>
    assert.deepEqual(
      sources
        .flatMap(({ unnamed }) => unnamed)
        .filter((place) => !/agent-sentences\.ts:\d+ sentence$/.test(place)),
      [],
    ));

  it('none is shown that is not translated', () => {
    const plain = sources.flatMap((source) => source.plain).filter(inExtension);
    assert.deepEqual(
      plain.filter((place) => !allowed.some((one) => one.test(place))),
      [],
      'give these to vscode.l10n.t, or, in a pure module, to its parameter t',
    );
  });

  it('every exception is needed', () => {
    const plain = sources.flatMap((source) => source.plain);
    for (const one of allowed)
      assert.ok(
        plain.some((place) => one.test(place)),
        String(one),
      );
  });
});
