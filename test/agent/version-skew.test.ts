/** Agents and clients with different protocol numbers: they say so, the agent can be stopped, and nothing else is asked of it. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { connectAnyAgent } from '../../agent/client/connect';
import type * as Library from '../../agent/client/library';
import { agentStatus, ErrorCode, listSockets, protocolNumber } from '../../agent/protocol';
import { AgentProcess } from '../helpers/agent-process';
import { installPackage } from '../helpers/consumer';
import { bundleAgent, otherVersion } from '../helpers/other-agent';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { end, start, until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { introduction, Wire } from '../helpers/wire';

const [ipv4] = places as [Place];

const others = [
  {
    name: 'an agent from before there was a number',
    number: null,
    shown: 0,
    advice: /^sockscope: Restart the agent: /,
  },
  {
    name: 'a newer agent',
    number: protocolNumber + 1,
    shown: protocolNumber + 1,
    advice: /^sockscope: Update Sockscope here, or restart the agent: /,
  },
];

describe('agents of other versions', { skip: withoutRoot }, () => {
  let stage: Stage;
  let library: typeof Library;
  let server: Puppet;
  let peer: Puppet;
  let pair: Pair;
  before(async () => {
    stage = new Stage();
    library = createRequire(join(installPackage(stage), 'index.js'))('sockscope/client');
    server = await stage.puppet();
    peer = await stage.puppet();
    ({ pair } = (await connectAll(server, peer, ipv4, 'listener', ['pair'])).pairs as { pair: Pair });
  });
  after(() => stage?.close());

  async function startOther(number: number | null, args: readonly string[] = []): Promise<AgentProcess> {
    const program = await bundleAgent(stage.folder, number);
    const agent = await AgentProcess.start(program, args, stage.user, { netns: stage.netns });
    stage.onClose(() => agent.stop());
    return agent;
  }

  for (const { name, number, shown, advice } of others)
    describe(name, () => {
      let agent: AgentProcess;
      before(async () => {
        agent = await startOther(number);
      });
      after(() => agent?.stop());
      afterEach(() => assertEchoes([peer, 'pair'], [server, 'pair']));

      it('every verb says which versions meet, and the one command that helps; it does nothing', async () => {
        const port = `:${pair.client.local[1]}`;
        const verbs = [
          ['list'],
          ['list', '--watch'],
          ['inspect', port],
          ['destroy', port, '--yes'],
          ['destroy', port, '--dry-run'],
          ['destroy', '--next', 'remote:9', '--yes'],
          ['why', '3000'],
          ['free', '3000', '--yes'],
          ['drill', port, '--yes'],
          ['outage', port, '--for', '1s', '--yes'],
          ['outage', 'list'],
          ['outage', 'stop', '1'],
          ['doctor'],
        ];
        for (const words of verbs) {
          const { code, stdout, stderr } = await stage.sockscope(words);
          assert.deepEqual([code, stdout], [3, ''], words.join(' '));
          assert.match(stderr, advice);
          assert.ok(stderr.includes(`version ${otherVersion} (protocol ${shown}) runs`), stderr);
          assert.match(
            stderr,
            new RegExp(`version \\d+\\.\\d+\\.\\d+ \\(protocol ${protocolNumber}\\) is here`),
          );
          assert.match(stderr, /: sudo \S+ \S+sockscope\.js agent restart\n$/);
        }
      });

      it('agent status shows both versions', async () => {
        const { code, json, stderr } = await stage.sockscope(['agent', 'status', '--json']);
        assert.equal(code, 3);
        assert.deepEqual([json.agent.version, json.agent.pid], [otherVersion, agent.pid]);
        assert.equal(json.agent.protocol, number ?? undefined);
        assert.equal(json.here.protocol, protocolNumber);
        assert.match(stderr, advice);
        const text = await stage.sockscope(['agent', 'status']);
        assert.equal(text.code, 3);
        assert.ok(text.stdout.startsWith(`An agent ${otherVersion} (pid ${agent.pid})`), text.stdout);
        assert.ok(text.stdout.includes(`this command is version ${json.here.version}`), text.stdout);
      });

      it('sockscope/client rejects', async () => {
        await assert.rejects(library.connect({ uid: stage.user.uid }), (error: Library.SockscopeError) => {
          assert.ok(error instanceof library.SockscopeError);
          assert.equal(error.code, 'otherProtocol');
          assert.match(error.message, /version 9\.8\.7 .* runs.*\/sockscope\.js agent restart$/);
          return true;
        });
      });

      it('a client asks it for its status and for nothing that may mean something else', async () => {
        const client = await connectAnyAgent(stage.user.uid);
        assert.ok(client);
        try {
          assert.equal((await client.request(agentStatus, {})).pid, agent.pid);
          await assert.rejects(client.request(listSockets, { filter: '' }), {
            code: ErrorCode.otherProtocol,
          });
        } finally {
          client.close();
        }
      });

      it('agent stop ends it', async () => {
        const { code, stdout } = await stage.sockscope(['agent', 'stop']);
        assert.deepEqual([code, stdout], [0, `The agent (pid ${agent.pid}) has ended\n`]);
        assert.equal(await agent.ended(), 0);
      });
    });

  describe('agent restart', () => {
    it('is named with the terms of the agent that runs', async () => {
      const agent = await startOther(null, ['--scope', 'all', '--read-only']);
      const { code, stderr } = await stage.sockscope(['list']);
      assert.equal(code, 3);
      assert.match(stderr, / agent restart --scope all --read-only\n$/);
      // Within a shell of root, sudo would make it an agent of root's.
      assert.match(
        (await stage.asRoot(['list'])).stderr,
        /In another terminal: \/\S+ \S+ agent restart --scope all/,
      );
      await agent.stop();
    });

    it('needs root, and its arguments right, before it stops anything', async () => {
      const agent = await startOther(null);
      assert.equal((await stage.sockscope(['agent', 'restart'])).code, 3);
      assert.equal((await stage.asRoot(['agent', 'restart', '--scope', 'al'])).code, 2);
      assert.equal((await stage.sockscope(['agent', 'status', '--json'])).json.agent.pid, agent.pid);
      await agent.stop();
    });

    for (const { name, number } of others)
      it(`puts a new agent in the place of ${name}`, async () => {
        const agent = await startOther(number);
        await assertRestarts();
        assert.equal(await agent.ended(), 0);
      });

    it('starts one where none runs', () => assertRestarts());

    async function assertRestarts(): Promise<void> {
      const command = [
        process.execPath,
        join(stage.folder, 'sockscope.js'),
        'agent',
        'restart',
        '--read-only',
      ];
      const environment = { SUDO_UID: String(stage.user.uid) };
      const child = start(command, { netns: stage.netns, environment }, { stdio: 'ignore' });
      try {
        await until('it answers', async () => (await stage.sockscope(['agent', 'status'])).code === 0);
        const { json } = await stage.sockscope(['agent', 'status', '--json']);
        assert.deepEqual([json.agent.pid, json.agent.readOnly], [child.pid, true]);
        assert.equal((await stage.sockscope(['agent', 'stop'])).code, 0);
      } finally {
        await end(child, 'SIGTERM');
      }
    }
  });

  describe('clients of other versions', () => {
    let agent: AgentProcess;
    before(async () => {
      agent = await stage.agent();
    });
    after(() => agent?.stop());

    const clients: readonly [string, object, RegExp][] = [
      [
        'without a number',
        {},
        /^Update Sockscope here.* runs, version unknown \(protocol 0\) is here\. .*agent stop/,
      ],
      [
        'with a newer number',
        { initializationOptions: { version: otherVersion, protocol: protocolNumber + 1 } },
        /^Restart the agent: version \S+ \(protocol \d+\) runs, version 9\.8\.7 \(protocol \d+\) is here\. .*agent stop/,
      ],
    ];
    for (const [name, params, message] of clients)
      it(`one ${name} may see and stop the agent, and is told so otherwise`, async () => {
        const wire = await Wire.open(stage.user.uid);
        assert.ok((await wire.ask(0, 'initialize', params)).result);
        // Whatever its parameters are: they may be right in another version.
        for (const [id, given] of [{ filter: '' }, { nonsense: true }, null].entries()) {
          const { error } = await wire.ask(id + 1, 'sockets/list', given);
          assert.equal(error?.code, ErrorCode.otherProtocol);
          assert.match(error.message, message);
        }
        assert.ok((await wire.ask(9, 'agent/status', {})).result);
        wire.close();
      });

    it('one that does not introduce itself gets no more', async () => {
      const wire = await Wire.open(stage.user.uid);
      assert.equal((await wire.ask(1, 'sockets/list', { filter: '' })).error?.code, ErrorCode.otherProtocol);
      wire.close();
    });

    it('its own version is answered, and one of another version may stop it', async () => {
      const own = await Wire.open(stage.user.uid);
      await own.ask(0, 'initialize', introduction);
      assert.ok((await own.ask(1, 'sockets/list', { filter: ':9' })).result);
      own.close();
      const other = await Wire.open(stage.user.uid);
      await other.ask(0, 'initialize', {});
      assert.equal((await other.ask(1, 'agent/stop', {})).result, null);
      assert.equal(await agent.ended(), 0);
    });
  });
});
