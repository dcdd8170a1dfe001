/** An agent whose terminal is stopped with Ctrl-S serves on; Ctrl-C, and closing the terminal, end it under its own uid as well. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connectAgent } from '../../agent/client/connect';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { agentStatus } from '../../agent/protocol';
import { connectAll, type Place, places } from '../helpers/pairs';
import { end, start, until } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];

describe('a terminal that is stopped', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  it('holds up no client, and what could not be printed is counted', { timeout: 120_000 }, async () => {
    const { uid } = stage.user;
    const environment = { SUDO_UID: String(uid) };
    const command = [
      python,
      join(stage.folder, 'terminal.py'),
      process.execPath,
      join(stage.folder, 'agent.js'),
      'serve',
    ];
    const terminal = start(
      command,
      { netns: stage.netns, environment },
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let printed = '';
    terminal.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    let said = '';
    terminal.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    try {
      await until('the agent serves', () => printed.includes('serves uid'));
      const server = await stage.puppet();
      const peer = await stage.puppet();
      const { pairs } = await connectAll(server, peer, ipv4, 'listener', ['one', 'two']);
      const client = await connectAgent(uid);
      assert.ok(client);
      terminal.kill('SIGUSR1');
      await until('it is stopped', () => said.includes('stopped'));
      // Each result is printed.
      for (const { client: end } of Object.values(pairs))
        assert.equal((await destroyOne(client, await targetByCookie(client, end))).outcome, 'destroyed');
      assert.equal((await client.request(agentStatus, {})).clients, 1);
      terminal.kill('SIGUSR2');
      client.close();
      const ended = once(terminal, 'close');
      terminal.kill('SIGTERM');
      await ended;
      assert.match(printed, /\(2 lines could not be printed\)\r?\nThe agent ends: SIGTERM/);
    } finally {
      await end(terminal);
    }
  });
});

/** Runs a command in the foreground of a terminal of its own, and types PASSWORD. SIGUSR1 presses Ctrl-C, SIGUSR2 closes the terminal. */
const foreground = `
import os, pty, signal, sys
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGUSR1, lambda *_: os.write(master, b'\\x03'))
signal.signal(signal.SIGUSR2, lambda *_: os.close(master))
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        break
    if not data:
        break
    if data.endswith(b'password:'):
        os.write(master, os.environ['PASSWORD'].encode() + b'\\n')
    os.write(2, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

describe('the terminal of an agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  for (const [act, by, signal] of [
    ['Ctrl-C', 'root', 'SIGUSR1'],
    ['Ctrl-C', 'sudo', 'SIGUSR1'],
    ['closing it', 'root', 'SIGUSR2'],
    ['closing it', 'sudo', 'SIGUSR2'],
  ] as const)
    it(`${act} ends the agent that ${by} has started`, { timeout: 120_000 }, async () => {
      const { uid, password } = stage.user;
      const agent = [process.execPath, join(stage.folder, 'agent.js'), 'serve'];
      const sudo = by === 'sudo' ? ['sudo', '--prompt=password:', '--'] : [];
      const runOptions =
        by === 'sudo'
          ? { user: stage.user, environment: { PASSWORD: password } }
          : { environment: { SUDO_UID: String(uid) } };
      const terminal = start(
        [python, '-c', foreground, ...sudo, ...agent],
        { netns: stage.netns, ...runOptions },
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let printed = '';
      terminal.stderr?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
      try {
        await until('the agent serves', () => printed.includes('serves uid'));
        terminal.kill(signal);
        if (terminal.exitCode === null) await once(terminal, 'exit');
        // By sudo, closing ends sudo by its own signal.
        if (act === 'Ctrl-C' || by === 'root') assert.equal(terminal.exitCode, 0, printed);
        await until('its socket is gone', () => !existsSync(agentSocketPath(uid)));
      } finally {
        await end(terminal);
      }
    });
});
