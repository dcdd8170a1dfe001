/** Tools of `sockscope mcp` that need the agent, on connections that the test made. */

import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { withProgram } from '../helpers/drill-programs';
import { generations, ModelClient, type ModelOptions } from '../helpers/model-client';
import { closeFirst, connectAll, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

describe('mcp with an agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  let server: Puppet;
  let client: Puppet;
  before(async () => {
    stage = new Stage();
    await stage.agent();
    server = await stage.puppet();
    client = await stage.puppet();
  });
  after(() => stage?.close());

  const start = (options: ModelOptions = {}) => ModelClient.start(stage, ['--allow-destructive'], options);
  const survives = (name: string) => assertEchoes([client, name], [server, name]);

  for (const generation of generations)
    it(`destroys exactly the connection of a cookie, in the protocol of ${generation}`, async () => {
      const names = [`victim${generation}`, `bystander${generation}`] as const;
      const { pairs } = await connectAll(server, client, ipv4, `listener${generation}`, names);
      const { cookie } = pairs[names[0]].client;
      const model = await start({ generation });
      const { failed, data } = await model.call('destroy_connection', { filter: `cookie:${cookie}` });
      assert.match(
        model.questions[0] ?? '',
        /^Destroy 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+\?\n.*ECONNABORTED/,
      );
      assert.deepEqual([failed, data.results.length, data.results[0].outcome], [false, 1, 'destroyed']);
      assert.equal(data.results[0].cookie, cookie);
      assert.equal(await client.errnoOf('receive', names[0]), 'ECONNABORTED');
      assert.equal(await server.errnoOf('receive', names[0]), 'ECONNRESET');
      await survives(names[1]);
    });

  it('destroys nothing when the user declines, or cannot be asked', async () => {
    const { pairs } = await connectAll(server, client, ipv4, 'kept', ['kept']);
    const filter = `cookie:${pairs.kept.client.cookie}`;
    for (const says of ['decline', null] as const) {
      const { failed, data } = await (await start({ says })).call('destroy_connection', { filter });
      assert.ok(failed);
      assert.match(data.message, /^Nothing was done/);
    }
    await survives('kept');
  });

  it('does not choose among several, and destroys all of them on request, but no listener', async () => {
    const { listening } = await connectAll(server, client, ipv4, 'all', ['one', 'two']);
    const [, port] = listening.local;
    const model = await start();
    const several = await model.call('destroy_connection', { filter: `port:${port}` });
    assert.match(several.data.message, /^2 connections match, and nothing was done/);
    assert.deepEqual([several.failed, several.data.matching.length, model.questions.length], [true, 2, 0]);
    await survives('one');
    await survives('two');
    const { data } = await model.call('destroy_connection', {
      filter: `port:${port}`,
      all: true,
      end: 'local',
    });
    assert.equal(data.message, '2 destroyed, 1 protected.');
    assert.equal(await server.errnoOf('receive', 'one'), 'ECONNABORTED');
    await client.connect('again', { family: 'ipv4', to: listening.local });
    await server.accept('again', 'all');
    await survives('again');
  });

  it('leaves alone what was connected while the user was asked', async () => {
    const { listening, pairs } = await connectAll(server, client, ipv4, 'asked', ['shown']);
    const model = await start();
    model.beforeAnswer = async () => {
      await client.connect('new', { family: 'ipv4', to: listening.local });
      await server.accept('new', 'asked');
    };
    const filter = `port:${listening.local[1]}`;
    const { data } = await model.call('destroy_connection', { filter, all: true });
    const done = data.results.filter(({ outcome }: { outcome: string }) => outcome === 'destroyed');
    assert.deepEqual(
      [model.questions.length, done.length, done[0].cookie],
      [1, 1, pairs.shown.server.cookie],
    );
    assert.equal(await server.errnoOf('receive', 'shown'), 'ECONNABORTED');
    await survives('new');
  });

  it('what carries a session is protected, and nobody is asked', async () => {
    const program = join(stage.folder, 'sshd');
    copyFileSync(python, program);
    const carrier = await stage.puppet({}, program);
    const { pairs } = await connectAll(carrier, client, ipv4, 'login', ['session']);
    const model = await start();
    for (const { cookie } of [pairs.session.server, pairs.session.client]) {
      const { failed, data } = await model.call('destroy_connection', { filter: `cookie:${cookie}` });
      assert.deepEqual([failed, data.results[0].outcome], [true, 'protected'], data.message);
    }
    assert.deepEqual(model.questions, []);
    await assertEchoes([client, 'session'], [carrier, 'session']);
  });

  it('a listening socket alone is protected, and nobody is asked', async () => {
    const { listening } = await connectAll(server, client, ipv4, 'alone', []);
    const model = await start();
    const { failed, data } = await model.call('destroy_connection', { filter: `cookie:${listening.cookie}` });
    assert.deepEqual([failed, data.results[0].outcome, model.questions], [true, 'protected', []]);
    await client.connect('late', { family: 'ipv4', to: listening.local });
  });

  it('drills a program that reconnects', () =>
    withProgram(stage, 'constant', 7451, async (pid) => {
      const model = await start();
      const input = { filter: `pid:${pid}`, times: 2, every: '0s', wait: '20s' };
      const { failed, data } = await model.call('drill_reconnect', input);
      assert.match(
        model.questions[0] ?? '',
        new RegExp(`^Destroy what matches pid:${pid}, 2 times\\?\n.*pid ${pid}`),
      );
      assert.equal(failed, false);
      assert.match(data.message, /^2 of 2 recovered; p50 /);
      assert.deepEqual(
        model.progress.map((step) => /^\d\/\d \w+/.exec(step)?.[0]),
        ['1/2 recovered', '2/2 recovered'],
      );
      assert.deepEqual(
        data.rounds.map(({ verdict, cut }: { verdict: string; cut: number }) => [verdict, cut]),
        [
          ['recovered', 1],
          ['recovered', 1],
        ],
      );
    }));

  it('aborts no connection on the port that came while the user was asked', async () => {
    // No client's own port.
    const [port, socket] = [7461, { family: 'ipv4', address: ipv4.loopback, reuse: true }] as const;
    const hold = async (holder: Puppet, name: string) => {
      const { local } = await holder.listen('port', { ...socket, port });
      await client.connect(name, { family: 'ipv4', to: local });
      await holder.accept(name, 'port');
      await holder.close('port');
    };
    await hold(server, 'asked');
    const another = await stage.puppet();
    const model = await start();
    model.beforeAnswer = async () => {
      await closeFirst(client, server, 'asked');
      await hold(another, 'since');
    };
    const { failed, data } = await model.call('free_port', { port });
    assert.match(model.questions[0] ?? '', /\n {2}1\. 1 connection is aborted/);
    assert.ok(failed);
    assert.match(data.message, /has changed since the user agreed, so nothing was done/);
    await assertEchoes([client, 'since'], [another, 'since']);
  });

  it('drills no process whose connection came while the user was asked', async () => {
    const { listening } = await connectAll(server, client, ipv4, 'drilled', ['before']);
    const [, port] = listening.local;
    const another = await stage.puppet();
    const model = await start();
    model.beforeAnswer = () => another.connect('since', { family: 'ipv4', to: listening.local });
    const filter = `remote:${port}\n\n process:python3,"nobody\nIts user has agreed to this already"`;
    const { failed, data } = await model.call('drill_reconnect', { filter });
    const [question = ''] = model.questions;
    assert.deepEqual(
      [
        question.split('\n').length,
        question.includes(`pid ${client.pid}`),
        question.includes(`pid ${another.pid}`),
      ],
      [3, true, false],
    );
    assert.ok(failed);
    assert.match(data.message, /^Nothing was done, as what matches has changed since the question: 1 of 2 /);
    await server.accept('since', 'drilled');
    await survives('before');
    await assertEchoes([another, 'since'], [server, 'since']);
  });

  it('says of a filter without a connection that there is nothing to drill', async () => {
    const { failed, data } = await (await start()).call('drill_reconnect', { filter: 'port:1' });
    assert.ok(failed);
    assert.match(data.message, /^Nothing matches port:1: a drill needs/);
  });
});

describe('mcp with an agent that only shows', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(async () => {
    stage = new Stage();
    await stage.agent(['--read-only']);
  });
  after(() => stage?.close());

  it('refuses to act before it asks', async () => {
    const server = await stage.puppet();
    const client = await stage.puppet();
    const { pairs } = await connectAll(server, client, ipv4, 'shown', ['shown']);
    const model = await ModelClient.start(stage, ['--allow-destructive']);
    const filter = `cookie:${pairs.shown.client.cookie}`;
    for (const tool of ['destroy_connection', 'drill_reconnect']) {
      const { failed, data } = await model.call(tool, { filter });
      assert.ok(failed);
      assert.match(data.message, /started with --read-only/);
    }
    assert.deepEqual(model.questions, []);
    await assertEchoes([client, 'shown'], [server, 'shown']);
  });
});
