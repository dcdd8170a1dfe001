/** What the agent says, as the editor shows it: no word of the command line. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inEditorWords } from '../../../../extension/base/editor-words';
import { english } from '../../../helpers/sockets';

/** Rooms and files whose texts the editor does not show, or not to somebody who could do it there. */
const elsewhere: Readonly<Record<string, string>> = {
  'agent/cli': 'the command line itself',
  'agent/client': 'its client, and the library',
  'agent/mcp': 'what `sockscope mcp` says to its own clients',
  'agent/inspect/doctor.ts': 'the answer to `sockscope doctor`',
  'agent/inspect/missing-cause.ts': 'a part of that answer',
  'agent/common/program-text.ts': 'the answers to `sockscope doctor` and `sockscope agent status`',
  'agent/server/fork.ts': 'printed in the terminal where it starts',
  'agent/server/listen.ts': 'printed in the terminal where it starts',
  'agent/common/serve-arguments.ts': 'printed in the terminal where it starts',
  'agent/common/capabilities.ts: --volume':
    'for the command line and the terminal; the editor has a line for devcontainer.json',
  'agent/common/collect-garbage.ts': 'an option of V8',
  'agent/common/direct-arguments.ts': 'an argument of the command line for its own agent',
  'agent/server/session.ts: sockscope agent stop ends it':
    'for clients of another version, also of the editor',
};

/** Only for a client that asks for an engine by name, which the editor never does. */
const ofEngines = /use --engine sock_diag/;

function filesOf(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesOf(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** Texts in quotes with an option or a command of the command line. */
function textsOf(path: string): string[] {
  const code = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const texts = code.match(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"/g) ?? [];
  return texts.map((text) => text.replaceAll(/\$\{[^}]*\}/g, 'serve')).filter(isOfCommandLine);
}

const isOfCommandLine = (text: string) =>
  /(^|[\s(])--[a-z]{3}|\bsockscope (agent|[a-z]+ )/.test(text.slice(1));

describe("the agent's sentences in the editor", () => {
  it('name settings and buttons, wherever the agent names a command', () => {
    const left = filesOf('agent').flatMap((path) =>
      textsOf(path)
        .filter((text) => !Object.keys(elsewhere).some((place) => isIn(place, path, text)))
        .filter((text) => !ofEngines.test(text) && isOfCommandLine(inEditorWords(english, text)))
        .map((text) => `${path}: ${text}`),
    );
    assert.deepEqual(left, []);
  });

  it('are whole sentences then', () => {
    const says = (text: string) => inEditorWords(english, text);
    assert.equal(
      says('Drills need the agent: start it with sudo sockscope agent serve'),
      'Drills need the agent: start it with Start Agent',
    );
    assert.equal(
      says('This agent was started with --read-only: it changes nothing'),
      'This agent was started with setting sockscope.agent.readOnly: it changes nothing',
    );
    assert.equal(
      says('it belongs to another user: sudo sockscope agent restart --scope all'),
      'it belongs to another user: setting sockscope.agent.scope: all',
    );
    assert.equal(
      says('The connect hooks cannot be attached here: run sockscope doctor'),
      'The connect hooks cannot be attached here: Agent Status shows which engines work',
    );
  });

  it('name commands of root as this user types them', ({ mock }) => {
    const { PATH } = process.env;
    const load = (command: string) => `If it is a module, load it (${command})`;
    const says = () => inEditorWords(english, load('sudo modprobe -a tcp_diag udp_diag'));
    const user = mock.method(process as { getuid(): number }, 'getuid', () => 1000);
    process.env.PATH = '/nowhere';
    try {
      assert.equal(says(), load("su -c 'modprobe -a tcp_diag udp_diag'"));
      user.mock.mockImplementation(() => 0);
      assert.equal(says(), load('modprobe -a tcp_diag udp_diag'));
    } finally {
      process.env.PATH = PATH;
    }
  });
});

function isIn(place: string, path: string, text: string): boolean {
  const [file = '', part = ''] = place.split(': ');
  return path.startsWith(file) && text.includes(part);
}
