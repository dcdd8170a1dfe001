/**
 * Requirements of a privileged helper that no other file proves (test/unit/requirements.test.ts says where each one stands): what
 * an agent loads, what it starts, and what a crowd of bad clients costs.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentStatus, explainPort, limits, signalProcess } from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import type { AgentProcess } from '../helpers/agent-process';
import { connectAll, type Place, places } from '../helpers/pairs';
import { end, endOf, run, start, until, which } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { frame, Wire } from '../helpers/wire';

const [ipv4] = places as [Place];

describe('what an agent loads and starts', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  it('R9: no module that somebody put where Node looks', async () => {
    const { user, netns } = stage;
    const ran = join(user.home, 'ran');
    const evil = `require('node:fs').writeFileSync(${JSON.stringify(ran)}, process.argv.join(' '));`;
    const folders = [user.home, join(user.home, 'modules')];
    for (const folder of folders)
      for (const name of ['vscode-jsonrpc', 'valibot', 'bindings', 'sockscope']) {
        const path = join(folder, 'node_modules', name);
        mkdirSync(path, { recursive: true });
        writeFileSync(join(path, 'index.js'), evil);
        writeFileSync(join(folder, 'node_modules', `${name}.js`), evil);
      }
    writeFileSync(join(user.home, 'evil.js'), evil);
    const environment = {
      HOME: user.home,
      NODE_PATH: folders.map((folder) => join(folder, 'node_modules')).join(':'),
      NODE_OPTIONS: `--require=${join(user.home, 'evil.js')}`,
    };
    await run([process.execPath, '--eval', ''], { user, environment });
    assert.ok(existsSync(ran), 'a program that listens to the environment does run it');
    rmSync(ran);
    // sudo's clean environment keeps both variables away; the working folder stays the user's.
    const agent = [process.execPath, join(stage.folder, 'agent.js'), 'serve'];
    const command = [
      'sh',
      '-c',
      'cd "$HOME" && exec "$@"',
      'sh',
      'sudo',
      '--stdin',
      '--prompt=',
      '--',
      ...agent,
    ];
    const finished = run(command, { user, netns, environment }, `${user.password}\n`);
    await until('it answers', async () => (await stage.sockscope(['agent', 'status'])).code === 0);
    for (const words of [['list'], ['agent', 'stop']])
      assert.equal((await stage.sockscope(words)).code, 0, words.join(' '));
    const { code, stderr } = await finished;
    assert.equal(code, 0, stderr);
    assert.equal(existsSync(ran), false);
    rmSync(join(user.home, 'modules'), { recursive: true });
  });

  it('R10: no program, whatever it is asked for', {
    skip: which('strace') ? false : 'strace is not installed',
  }, async () => {
    const { user, netns } = stage;
    const trace = join(stage.folder, 'trace');
    const environment = { SUDO_UID: String(user.uid), SUDO_GID: String(user.gid) };
    const strace = ['strace', '-f', '-qq', '--trace=execve,execveat', '--signal=none', '-o', trace];
    const command = [...strace, process.execPath, join(stage.folder, 'agent.js'), 'serve'];
    const child = start(command, { netns, environment }, { stdio: 'ignore' });
    try {
      await until('it answers', async () => (await stage.sockscope(['agent', 'status'])).code === 0);
      const atStart = readFileSync(trace, 'utf8');
      assert.match(atStart, /execve\(.*"serve"/);
      const server = await stage.puppet();
      const client = await stage.puppet();
      const { pairs } = await connectAll(server, client, ipv4, 'listener', ['victim']);
      for (const words of [
        ['list', '--json'],
        ['why', '3900'],
        ['inspect', `cookie:${pairs.victim.client.cookie}`],
        ['destroy', `cookie:${pairs.victim.client.cookie}`, '--yes'],
        ['agent', 'stop'],
      ]) {
        const { code, stderr } = await stage.sockscope(words);
        assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
      }
      await until('it has ended', () => child.exitCode !== null);
      assert.equal(readFileSync(trace, 'utf8'), atStart);
    } finally {
      await end(child);
    }
  });
});

/** Prints its pid, and ends when its input does. The pid is asked for (clone3 with set_tid), so that it can be one that was. */
const startAs = `
import ctypes, os, struct, sys
pid = int(sys.argv[1])
tids = (ctypes.c_int * 1)(pid)
SIGCHLD = 17
arguments = struct.pack('11Q', 0, 0, 0, 0, SIGCHLD, 0, 0, 0, ctypes.addressof(tids), 1, 0)
child = ctypes.CDLL(None, use_errno=True).syscall(435, ctypes.create_string_buffer(arguments), len(arguments))
if child < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
if child == 0:
    os.setgroups([])
    os.setgid(int(sys.argv[3]))
    os.setuid(int(sys.argv[2]))
    print(os.getpid(), flush=True)
    sys.stdin.read()
    os._exit(0)
os.waitpid(child, 0)
`;

describe('a process whose pid was reused', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  it('R17: gets no signal that was meant for the earlier one', async () => {
    const agent = await stage.agent();
    const client = await agent.client();
    const first = await stage.puppet();
    const { pid } = first;
    const startTime = startTimeOf(pid);
    await first.stop();
    await sleep(20); // start times have steps of 10 ms
    const { uid, gid } = stage.user;
    const again = start(
      [python, '-c', startAs, String(pid), String(uid), String(gid)],
      {},
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    try {
      assert.ok(again.stdout);
      const [line] = (await once(createInterface({ input: again.stdout }), 'line')) as [string];
      assert.equal(Number(line), pid);
      assert.notEqual(startTimeOf(pid), startTime);
      const signalled = (named: string) =>
        client.request(signalProcess, { pid, startTime: named, signal: 'KILL', graceMs: 1000 });
      assert.equal((await signalled(startTime)).outcome, 'gone');
      assert.equal(endOf(again), null);
      assert.equal((await signalled(startTimeOf(pid))).outcome, 'exited');
    } finally {
      again.stdin?.end();
      await until('its parent has ended', () => endOf(again) !== null);
    }
  });
});

describe('what bad clients cost', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
  });
  after(() => stage?.close());

  /** KiB of the agent's memory that are in use. */
  function resident(): number {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))?.[1]);
  }

  async function assertServes(): Promise<void> {
    const client = await agent.client();
    assert.equal((await client.request(agentStatus, {})).pid, agent.pid);
    client.close();
  }

  it('R11, R12: bad frames and bombs of JSON leave the memory as it was', async () => {
    const bombs = [
      frame('['.repeat(limits.message)),
      frame('0,'.repeat(limits.message / 2)),
      frame(`[${'0,'.repeat(limits.message / 2 - 2)}0]`),
      frame(`{"jsonrpc":"2.0","id":1,"method":"sockets/list","params":${'{"a":'.repeat(100_000)}`),
      'x'.repeat(4096),
      'Content-Length: -5\r\n\r\n',
    ];
    const send = async () => {
      for (const bomb of bombs) {
        const wire = await Wire.open(stage.user.uid);
        wire.send(bomb);
        await wire.closed();
      }
    };
    await send(); // what the first time allocates stays
    const before = resident();
    for (let times = 0; times < 5; times++) await send();
    await assertServes();
    await until('its memory is back', () => resident() - before < 64 * 1024);
  });

  it('R14: a thousand connections that say nothing keep nobody out for long', async () => {
    const client = await agent.client();
    const silent: Wire[] = [];
    const open = async (count: number) => {
      while (silent.length < count) silent.push(await Wire.open(stage.user.uid));
    };
    await open(50);
    // Those within the limit stay for ten seconds; the others were closed at once.
    await until('all places are taken', async () => (await client.request(agentStatus, {})).clients === 32);
    await open(1000);
    const port = { port: 3901, protocol: 'tcp', netns: null } as const;
    assert.ok((await client.request(explainPort, port)).binds.length > 0);
    // A client that does not introduce itself is disconnected.
    await until(
      'the silent ones are gone',
      async () => (await client.request(agentStatus, {})).clients === 1,
    );
    for (const wire of silent) wire.close();
    await assertServes();
    client.close();
  });
});
