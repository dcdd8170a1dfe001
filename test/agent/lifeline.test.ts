/** Lifeline with real sessions, in bulk acts, and where a process becomes another one. Its rules: who-may-act.test.ts. */

import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { connectAgent } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import { ownNamespace } from '../../agent/common/own-namespace';
import type { Socket } from '../../agent/protocol';
import { disguised, hiding } from '../helpers/act-cast';
import type { AgentProcess } from '../helpers/agent-process';
import { heldHooks } from '../helpers/bpf-objects';
import { assertAccepts, connectAll, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { openSshSession, withoutSsh } from '../helpers/ssh';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { destroyOne, findOne, targetByCookie } from '../helpers/targets';
import { copyServerFor } from '../helpers/vscode-server';

const [ipv4] = places as [Place];

describe('lifeline', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let client: Client;
  let own: Puppet;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
    client = await stage.clientOfUser();
    own = await stage.puppet();
  });
  after(() => stage?.close());

  const destroy = (...words: string[]) => stage.sockscope(['destroy', ...words, '--yes', '--json']);

  it('is left alone by destroys in bulk: by process, remote and port', async () => {
    const carrier = await disguised(stage, 'sshd');
    const { listening } = await connectAll(carrier, own, ipv4, 'bulk', ['one', 'two']);
    for (const filter of [`pid:${carrier.pid}`, `remote:${listening.local[1]}`, `:${listening.local[1]}`]) {
      const { code, json } = await destroy(filter, '--include-listeners');
      assert.equal(code, 1);
      assert.ok(json.results.length > 0);
      assert.ok(json.results.every(({ outcome }: { outcome: string }) => outcome === 'protected'));
    }
    for (const name of ['one', 'two']) await assertEchoes([own, name], [carrier, name]);
    await assertAccepts(carrier, own, ipv4, 'bulk');
    await carrier.stop();
  });

  it('is included for one exact cookie only', async () => {
    const carrier = await disguised(stage, 'sshd');
    const { pairs } = await connectAll(carrier, own, ipv4, 'exact', ['one', 'two']);
    const [one, two] = [pairs.one.client.cookie, pairs.two.client.cookie];
    for (const filter of [`pid:${own.pid}`, `cookie:${one},${two}`, `-cookie:${one} pid:${own.pid}`]) {
      const { code, stderr } = await destroy(...filter.split(' '), '--include-lifeline');
      assert.equal(code, 2, filter);
      assert.match(stderr, /--include-lifeline goes with one exact cookie/);
    }
    for (const name of ['one', 'two']) await assertEchoes([own, name], [carrier, name]);
    assert.equal((await destroy(`cookie:${one}`, '--include-lifeline')).code, 0);
    assert.equal(await own.errnoOf('receive', 'one'), 'ECONNABORTED');
    await assertEchoes([own, 'two'], [carrier, 'two']);
    await carrier.stop();
  });

  it('is left alone by free', async () => {
    const carrier = await disguised(stage, 'sshd');
    const { listening } = await connectAll(carrier, own, ipv4, 'not freed', ['session']);
    const { code, stdout, stderr } = await stage.sockscope(['free', `${listening.local[1]}`, '--yes']);
    assert.notEqual(code, 0, stdout);
    assert.match(stdout + stderr, /is left alone/);
    await assertEchoes([own, 'session'], [carrier, 'session']);
    await assertAccepts(carrier, own, ipv4, 'not freed');
    await carrier.stop();
  });

  for (const mode of ['agent', 'observer'] as const)
    it(`a new program in the place of a carrier's fork is no carrier: ${mode}`, async () => {
      const observing = mode === 'agent' ? client : await stage.observer();
      const fork = await stage.victim([python, `${stage.folder}/reborn.py`, '--type=extensionHost']);
      const inherited = await fork.listen('inherited', { family: 'ipv4', address: '127.0.0.1' });
      assert.equal((await findOne(observing, `cookie:${inherited.cookie}`)).lifeline, true);
      await fork.command('become', { command: [python, `${stage.folder}/puppet.py`] });
      const later = await fork.listen('later', { family: 'ipv4', address: '127.0.0.1' });
      for (const { cookie } of [inherited, later]) {
        const { lifeline, owners } = await findOne(observing, `cookie:${cookie}`);
        assert.deepEqual(
          owners.map(({ pid, command }) => [pid, command]),
          [[fork.pid, `${python} ${stage.folder}/puppet.py`]],
        );
        assert.equal(lifeline, false);
      }
    });

  for (const [what, make] of [
    ['lifeline sockets', () => disguised(stage, 'dropbear').then((server) => ({ server, client: own }))],
    [
      "other users' connections",
      async () => ({
        server: await stage.puppet({ user: stranger }),
        client: await stage.puppet({ user: stranger }),
      }),
    ],
  ] as const)
    it(`destroy --next ignores ${what}`, async () => {
      const { server, client: connecting } = await make();
      const { local } = await server.listen('next', { family: 'ipv4', address: '127.0.0.1' });
      const waiting = destroy('--next', `remote:${local[1]}`, '--wait', '4s');
      const broker = await agent.brokerPid();
      await until('the hooks are attached', () => heldHooks(broker).length === 2);
      await connecting.connect('next', { family: 'ipv4', to: local });
      await server.accept('next', 'next');
      const { code, stderr } = await waiting;
      assert.equal(code, 4, stderr);
      await assertEchoes([connecting, 'next'], [server, 'next']);
    });

  it('is not what a test suite connects, although it runs the command line', async () => {
    const suite = await stage.victim([python, `${stage.folder}/suite.py`]);
    const { pairs } = await connectAll(own, suite, ipv4, 'of the suite', ['victim', 'bystander']);
    const words = ['destroy', `cookie:${pairs.victim.client.cookie}`, '--yes'];
    const command = [process.execPath, join(stage.folder, 'sockscope.js'), ...words];
    const { code, stderr } = (await suite.command('run', { command })) as { code: number; stderr: string };
    assert.equal(code, 0, stderr);
    assert.equal(await suite.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertEchoes([suite, 'bystander'], [own, 'bystander']);
  });

  /** Both ends of every connection to this port of a namespace, and its listener. */
  async function assertProtected(netns: number, port: number, ends: number): Promise<Socket[]> {
    const { sockets } = await listAll(client, `net:${netns} addr:${port} proto:tcp`);
    const connections = sockets.filter(({ state }) => state === 'established');
    assert.equal(connections.length, ends);
    for (const socket of sockets.filter(({ state }) => state !== 'time-wait')) {
      assert.equal(socket.lifeline, true, `${socket.state} ${JSON.stringify(socket.owners)}`);
      const { outcome, message } = await destroyOne(client, socket, { includeListeners: true });
      assert.deepEqual([outcome, / session$/.test(message)], ['protected', true], message);
    }
    return connections;
  }

  it('an sshd session: its connection is protected, what runs in it is not', {
    skip: withoutSsh,
  }, async () => {
    const { port, puppet } = await openSshSession(stage, 2222);
    const [session] = await assertProtected(stage.netns.inode, port, 2);
    const { pairs } = await connectAll(own, puppet, ipv4, 'in the session', ['victim', 'bystander']);
    const target = await targetByCookie(client, pairs.victim.client);
    assert.equal((await destroyOne(client, target)).outcome, 'destroyed');
    assert.equal(await puppet.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertEchoes([puppet, 'bystander'], [own, 'bystander']);
    assert.ok(session);
    assert.equal((await destroy(`cookie:${session.cookie}`, '--include-lifeline')).code, 0);
    await until('the session has ended', () => !puppet.lives);
  });

  it('a VS Code server: its listener and the connections of its clients are protected', {
    skip: existsSync(resolve('build/vscode-server')) ? false : 'build/vscode-server is not installed',
  }, async () => {
    const server = await copyServerFor(stage.user);
    try {
      const port = await server.start();
      const browser = await stage.puppet({ netns: undefined });
      const { cookie } = await browser.connect('browser', { family: 'ipv4', to: ['127.0.0.1', port] });
      const connections = await assertProtected(ownNamespace(), port, 2);
      assert.ok(connections.some((socket) => socket.cookie === cookie));
      assert.equal((await destroy(`cookie:${cookie}`, '--include-lifeline')).code, 0);
      assert.equal(await browser.errnoOf('receive', 'browser'), 'ECONNABORTED');
    } finally {
      assert.deepEqual(await server.stop(), []);
    }
  });

  it('counts carriers that /proc hides from the agent', async () => {
    const served = { uid: stranger.uid + 1, gid: stranger.gid + 1 };
    stage.onClose(() => rmSync(`/run/sockscope/${served.uid}`, { recursive: true, force: true }));
    await stage.agent([], served, { netns: stage.netns, through: hiding });
    const hidden = await connectAgent(served.uid);
    assert.ok(hidden);
    stage.onClose(() => hidden.close());
    const carrier = await disguised(stage, 'sshd', { user: undefined });
    const [plain, theirs] = [await stage.puppet({ user: undefined }), await stage.puppet({ user: served })];
    for (const [server, outcome] of [
      [carrier, 'protected'],
      [plain, 'destroyed'],
    ] as const) {
      const { pairs } = await connectAll(server, theirs, ipv4, outcome, [outcome]);
      const { cookie } = pairs[outcome]?.client ?? { cookie: '' };
      const socket = await findOne(hidden, `cookie:${cookie}`);
      assert.equal(socket.peer?.owners[0]?.command, '', 'it is hidden');
      assert.equal((await destroyOne(hidden, socket)).outcome, outcome);
    }
  });
});
