/** The agent's own sentences, as the editor translates them. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ownersNowOnce, toEnding } from '../../../../agent/actions/destroy-outcome';
import { prediction } from '../../../../agent/actions/destroy-prediction';
import { english } from '../../../../agent/common/translate';
import { portHolders } from '../../../../agent/ports/port-holders';
import { resultOf, type Socket } from '../../../../agent/protocol';
import { agentSentences, translateSentence } from '../../../../extension/base/agent-sentences';
import { namedOwner, seen } from '../../../helpers/known';
import { socket } from '../../../helpers/sockets';

const bundle: Record<string, string> = JSON.parse(readFileSync('extension/l10n/bundle.l10n.de.json', 'utf8'));
const german = (text: string, ...args: string[]) =>
  english(bundle[text] ?? `no translation: ${text}`, ...args);

const node = namedOwner('node', 42);
const connection = seen(socket('127.0.0.1:40000', '127.0.0.1:5432', { state: 'established' }), [node]);
const listener = seen(socket('127.0.0.1:3000', null, { state: 'listen' }), [node]);
const nothingElse = { get: () => undefined };

function destroyed(life: 'running' | 'ended'): string {
  const reply = { engine: 'bpf', status: 'done', errno: 0, remains: 'nothing' } as const;
  const ending = toEnding(
    connection,
    reply,
    { spinning: null, takenOver: false },
    ownersNowOnce(() => life),
  );
  return resultOf(connection.socket, ending).message;
}

function reasons(...sockets: readonly { readonly socket: Socket }[]): readonly string[] {
  const bind = (address: string) => ({ netns: 1, address, reuseaddr: false, error: 'EADDRINUSE' });
  return portHolders({
    port: 3000,
    protocol: 'tcp',
    netns: 1,
    binds: ['0.0.0.0', '127.0.0.1', '::', '::1'].map(bind),
    namespaces: [],
    sockets: sockets as Parameters<typeof portHolders>[0]['sockets'],
    seesEveryOwner: true,
    ephemeral: { first: 32_768, last: 60_999 },
    reserved: false,
  }).map(({ why }) => why);
}

/** How many of them a translation looks at, in the searches that it makes. */
function charactersRead(text: string): number {
  const { indexOf } = String.prototype;
  let count = 0;
  String.prototype.indexOf = function (this: string, searched: string, from = 0): number {
    const found = indexOf.call(this, searched, from);
    count += (found < 0 ? this.length : found + searched.length) - from;
    return found;
  };
  try {
    translateSentence(english, text);
  } finally {
    String.prototype.indexOf = indexOf;
  }
  return count;
}

/** What the agent says most. */
const said = [
  prediction(connection, nothingElse),
  prediction(listener, nothingElse),
  prediction(seen(socket('127.0.0.1:53', null, { protocol: 'udp', state: 'close' }), [node]), nothingElse),
  destroyed('running'),
  destroyed('ended'),
  ...reasons(listener),
  ...reasons(seen(socket('[::]:3000', null, { state: 'listen' }), [node])),
  ...reasons(seen(socket('127.0.0.1:3000', '127.0.0.1:40000', { state: 'time-wait', inode: '0' }), [])),
];

describe("the agent's sentences", () => {
  it('are in the language of the user, with all their parts', () => {
    const texts = said.map((text) => translateSentence(german, text));
    for (const [place, text] of texts.entries()) {
      assert.notEqual(text, said[place]);
      assert.doesNotMatch(text, /no translation|\b(is|are|the|its|gets|and)\b/, text);
    }
    assert.equal(
      texts[0],
      'Die TCP-Verbindung 127.0.0.1:40000 -> 127.0.0.1:5432 wird abgebrochen: node (pid 42) bekommt ECONNABORTED, der Peer 127.0.0.1:5432 bekommt ECONNRESET',
    );
  });

  it('are the same in English', () => {
    for (const text of said) assert.equal(translateSentence(english, text), text);
  });

  it('are all of them reached: none hides a later one', () => {
    for (const sentence of agentSentences) {
      const found: string[] = [];
      const note = (text: string, ...args: string[]) => {
        found.push(text);
        return english(text, ...args);
      };
      translateSentence(note, english(sentence, 'A', 'B', 'C'));
      assert.ok(found.includes(sentence), sentence);
    }
  });

  it('stay as they are where they are not known, or too long to try', () => {
    assert.equal(translateSentence(german, 'It is raining'), 'It is raining');
    const long = `${'a of '.repeat(1000)} is closed already`;
    assert.equal(translateSentence(german, long), long);
  });

  it('are found in a time that grows as the text does, whatever the names in it', () => {
    for (const repeated of [
      'a',
      ' and a',
      ' listens on a',
      ', dual-stack, and so blocks port a',
      ' of a; ',
      '. a has',
    ]) {
      const ofLength = (length: number) =>
        charactersRead(`The TCP connection ${repeated.repeat(length / repeated.length)}, a gets`);
      assert.ok(ofLength(1800) < 2.5 * ofLength(900), repeated);
      assert.ok(ofLength(1800) < 1800 * 4 * agentSentences.length, repeated);
    }
  });

  it('are the shortest parts that fit', () => {
    const parts: string[][] = [];
    translateSentence((text, ...args) => {
      parts.push(args.map(String));
      return english(text, ...args);
    }, 'a and b and c');
    assert.deepEqual(parts, [
      ['b', 'c'],
      ['a', 'b and c'],
    ]);
  });
});
