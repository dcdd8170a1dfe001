/** The command line: exit codes, JSON, messages. */

import assert from 'node:assert/strict';
import { release } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { StartExit } from '../../agent/common/start-exit';
import { protocolNumber } from '../../agent/protocol';
import type { AgentProcess, Served } from '../helpers/agent-process';
import { engines, usualEngine } from '../helpers/engines';
import { assertAccepts, connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { run } from '../helpers/programs';
import { assertEchoes, type Puppet, type SocketInfo } from '../helpers/puppet';
import { unusedCookie } from '../helpers/sockets';
import { type CommandResult, Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

/** No agent serves this uid. */
const unserved: Served = { uid: 64_998, gid: 64_998 };
const asUnserved = { user: undefined, environment: { SUDO_UID: String(unserved.uid) } };

describe('the command line', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let server: Puppet;
  let peer: Puppet;
  let listening: SocketInfo;
  let bystander: Pair;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
    server = await stage.puppet();
    peer = await stage.puppet();
    const made = await connectAll(server, peer, ipv4, 'listener', ['bystander']);
    listening = made.listening;
    bystander = made.pairs.bystander;
  });
  after(() => stage?.close());

  /** No socket that a mistaken command line named was destroyed. */
  async function assertNothingDied(): Promise<void> {
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    await assertAccepts(server, peer, ipv4, 'listener');
  }

  async function connectVictim(): Promise<Pair> {
    const client = await peer.connect('victim', { family: 'ipv4', to: listening.local });
    return { client, server: await server.accept('victim', 'listener') };
  }

  async function assertVictimDied(): Promise<void> {
    assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
    assert.equal(await server.errnoOf('receive', 'victim'), 'ECONNRESET');
  }

  describe('usage mistakes are exit 2, name the mistake and do nothing', () => {
    const port = () => `:${listening.local[1]}`;
    const mistakes: readonly [string, () => string[], RegExp][] = [
      ['no filter', () => ['destroy', '--yes'], /filter is needed.*:3000/],
      ['only what not', () => ['destroy', '-state:listen', '--yes'], /filter is needed/],
      ['bare free text', () => ['destroy', 'python3', '--yes'], /"python3" is free text.*process:python3/],
      ['free text beside a key', () => ['destroy', port(), 'python3', '--yes'], /free text/],
      ['no terminal to ask on', () => ['destroy', port()], /--yes/],
      ['no terminal, next', () => ['destroy', '--next', 'remote:9'], /--yes/],
      ['a port too high', () => ['destroy', ':65536', '--yes'], /"65536".*0 to 65535/],
      ['a port of letters', () => ['destroy', ':http', '--yes'], /"http".*is not a port.*:3000/],
      ['a port with letters', () => ['destroy', ':3000x', '--yes'], /"3000x".*such as :3000/],
      ['an unknown key', () => ['destroy', 'prot:80', '--yes'], /"prot:".*nearest is (proto|port):/],
      ['an unknown state', () => ['destroy', 'state:estab', '--yes'], /"estab".*nearest is established/],
      ['an unknown protocol', () => ['destroy', 'proto:tpc', '--yes'], /"tpc".*nearest is tcp/],
      ['a bad address', () => ['destroy', 'remote:300.1.1.1', '--yes'], /"300.1.1.1" in remote:/],
      ['a bad cookie', () => ['destroy', 'cookie:-1', '--yes'], /"-1" is not a cookie/],
      ['no value', () => ['destroy', 'pid:', '--yes'], /"pid:" has no value.*pid:42/],
      ['an unknown option', () => ['destroy', port(), '--yess'], /--yess.*nearest is --yes/],
      ['an unknown engine', () => ['destroy', port(), '--yes', '--engine', 'ebpf'], /"ebpf".*nearest is bpf/],
      [
        'an unknown moment',
        () => ['destroy', '--next', 'remote:9', '--yes', '--at', 'connected'],
        /nearest is connect/,
      ],
      ['a bad duration', () => ['destroy', '--next', 'remote:9', '--yes', '--wait', '30'], /"30".*10s/],
      ['lifeline without a cookie', () => ['destroy', port(), '--yes', '--include-lifeline'], /cookie:4711/],
      [
        'lifeline with two cookies',
        () => ['destroy', `cookie:${unusedCookie},18446744073709551613`, '--yes', '--include-lifeline'],
        /one exact cookie/,
      ],
      [
        'lifeline with all but one',
        () => ['destroy', `-cookie:${unusedCookie}`, port(), '--yes', '--include-lifeline'],
        /cookie/,
      ],
      [
        'an unknown end',
        () => ['destroy', port(), '--yes', '--end', 'remote'],
        /"remote".*known: local, peer/,
      ],
      [
        'next at the peer',
        () => ['destroy', '--next', port(), '--yes', '--end', 'peer'],
        /--next.*local end/,
      ],
      [
        'lifeline at the peer',
        () => ['destroy', `cookie:${unusedCookie}`, '--yes', '--include-lifeline', '--end', 'peer'],
        /peer's own cookie/,
      ],
      ['inspect without a filter', () => ['inspect'], /A filter is needed/],
      ['inspect several', () => ['inspect', port()], /sockets match :\d+.*\n {2}cookie:\d+/],
      ['an unknown verb', () => ['lst'], /"lst".*nearest is list/],
      ['an unknown agent verb', () => ['agent', 'stat'], /nearest is (status|stop)/],
      ['a bad scope', () => ['agent', 'serve', '--scope', 'al'], /nearest is all/],
      ['a bad idle time', () => ['agent', 'serve', '--idle-exit', 'soon'], /"soon".*10m/],
      ['list with an unknown option', () => ['list', '--jsn'], /nearest is --json/],
      ['list with a bad filter', () => ['list', 'pid:x'], /"x" in pid:/],
    ];
    for (const [what, words, message] of mistakes)
      it(what, async () => {
        const { code, stdout, stderr } = await stage.sockscope(words());
        assert.equal(code, 2, stderr);
        assert.match(stderr, /^sockscope: /);
        assert.match(stderr, message);
        assert.equal(stdout, '');
        await assertNothingDied();
      });
  });

  describe('destroy', () => {
    it('exit 0 and the whole result as JSON', async () => {
      const { client } = await connectVictim();
      const { code, json } = await stage.sockscope(['destroy', `cookie:${client.cookie}`, '--yes', '--json']);
      assert.equal(code, 0);
      const [result] = json.results;
      assert.deepEqual(json, {
        schema: 1,
        results: [
          {
            netns: stage.netns.inode,
            cookie: client.cookie,
            protocol: 'tcp',
            local: endpoint(client.local),
            remote: endpoint(listening.local),
            outcome: 'destroyed',
            engine: usualEngine,
            errno: null,
            message: result.message,
          },
        ],
      });
      assert.match(result.message, /^Destroyed 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+\. /);
      await assertVictimDied();
      await assertNothingDied();
    });

    it('readable text without --json', async () => {
      const { client } = await connectVictim();
      const { code, stdout } = await stage.sockscope(['destroy', `cookie:${client.cookie}`, '--yes']);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^destroyed +127\\.0\\.0\\.1:${client.local[1]} -> .* \\(bpf\\)\n$`));
      await assertVictimDied();
    });

    it('--dry-run prints the plan and destroys nothing', async () => {
      const words = ['destroy', `:${listening.local[1]}`, '--dry-run'];
      const { code, json } = await stage.sockscope([...words, '--json']);
      assert.equal(code, 0);
      assert.equal(json.schema, 1);
      assert.deepEqual(json.plan.map(({ act }: { act: string }) => act).sort(), ['destroy', 'protected']);
      const { message } = json.plan.find(({ act }: { act: string }) => act === 'destroy');
      assert.match(message, new RegExp(`\\(pid ${server.pid}\\) gets ECONNABORTED`));
      assert.match(message, new RegExp(`\\(pid ${peer.pid}\\) gets ECONNRESET`));
      assert.match((await stage.sockscope(words)).stdout, /ECONNRESET/);
      await assertNothingDied();
    });

    it('a filter that matches only a listener: protected, exit 1', async () => {
      const { code, json } = await stage.sockscope([
        ...['destroy', `:${listening.local[1]}`, 'state:listen', '--yes', '--json'],
      ]);
      assert.equal(code, 1);
      assert.deepEqual([json.results.length, json.results[0].outcome], [1, 'protected']);
      assert.equal(json.results[0].engine, null);
      assert.match(json.results[0].message, /--include-listeners/);
      await assertNothingDied();
    });

    it('a port that is bound without listening: unsupported, exit 1', async () => {
      const { cookie } = await peer.bind('bound', { family: 'ipv4', address: '127.0.0.1' });
      const { code, json } = await stage.sockscope(['destroy', `cookie:${cookie}`, '--yes', '--json']);
      assert.deepEqual([code, json.results[0].outcome], [1, 'unsupported']);
    });

    it('nothing matches: exit 4', async () => {
      const { code, json, stderr } = await stage.sockscope([
        'destroy',
        `cookie:${unusedCookie}`,
        ':1',
        '--yes',
        '--json',
      ]);
      assert.equal(code, 4);
      assert.deepEqual(json, { schema: 1, results: [] });
      assert.match(stderr, /Nothing matches cookie:\d+ :1/);
    });

    it("another user's connection: denied, exit 3, and it survives", async () => {
      const [foreignServer, foreign] = [
        await stage.puppet({ user: stranger }),
        await stage.puppet({ user: stranger }),
      ];
      const { pairs } = await connectAll(foreignServer, foreign, ipv4, 'l', ['c']);
      const words = ['destroy', `cookie:${pairs.c.client.cookie}`, '--yes', '--json'];
      const { code, json } = await stage.sockscope(words);
      assert.deepEqual([code, json.results[0].outcome], [3, 'denied']);
      await assertEchoes([foreign, 'c'], [foreignServer, 'c']);

      await connectVictim();
      const mixed = await stage.sockscope([
        'destroy',
        `pid:${foreign.pid},${peer.pid}`,
        'proto:tcp',
        `-cookie:${bystander.client.cookie}`,
        'state:established',
        '--yes',
        '--json',
      ]);
      assert.equal(mixed.code, 1, 'some were denied');
      await assertVictimDied();
      await assertEchoes([foreign, 'c'], [foreignServer, 'c']);
      await assertNothingDied();
    });

    it('asks on a terminal: yes destroys, no does not', async () => {
      const { client } = await connectVictim();
      const answer = (text: string) => onTerminal(['destroy', `cookie:${client.cookie}`], `${text}\n`);
      const no = await answer('n');
      assert.equal(no.code, 1);
      assert.match(no.stdout, /Destroy 1 of 1\? \[y\/N\]/);
      await assertEchoes([peer, 'victim'], [server, 'victim']);
      assert.equal((await answer('y')).code, 0);
      await assertVictimDied();
    });

    /** `script` gives the command a terminal. */
    function onTerminal(words: string[], input: string) {
      const command = [process.execPath, `${stage.folder}/sockscope.js`, ...words].join(' ');
      const script = ['script', '--quiet', '--return', '--command', command, '/dev/null'];
      return run(script, { user: stage.user, netns: stage.netns }, input);
    }
  });

  describe('the process that serves a request', () => {
    it('is the agent, for its own user and for root with SUDO_UID', async () => {
      for (const { json, code } of [
        await stage.sockscope(['doctor', '--json']),
        await stage.asRoot(['doctor', '--json']),
      ]) {
        assert.equal(code, 0);
        assertDoctor(json, 'agent', engines);
      }
    });

    it('is a private broker, for root without an agent', async () => {
      const { json } = await stage.sockscope(['doctor', '--json'], asUnserved);
      assertDoctor(json, 'direct', engines);
      const { client } = await connectVictim();
      const words = ['destroy', `cookie:${client.cookie}`, '--yes', '--json'];
      const { code, json: destroyed } = await stage.sockscope(words, asUnserved);
      assert.deepEqual(
        [code, destroyed.results[0].outcome, destroyed.results[0].engine],
        [0, 'destroyed', usualEngine],
      );
      await assertVictimDied();
      await assertNothingDied();
    });

    it('is the observer, for a plain user without an agent: reading works, acting is exit 3', async () => {
      const alone = { user: stranger };
      const doctor = await stage.sockscope(['doctor', '--json'], alone);
      assertDoctor(doctor.json, 'none', []);
      assert.ok(doctor.json.checks.some(({ ok }: { ok: boolean }) => !ok));
      const list = await stage.sockscope(['list', `:${listening.local[1]}`, '--json'], alone);
      assert.deepEqual([list.code, list.json.sockets.length], [0, 2]);
      const dry = await stage.sockscope(['destroy', `:${listening.local[1]}`, '--dry-run', '--json'], alone);
      assert.equal(dry.code, 0);
      for (const words of [
        ['destroy', `:${listening.local[1]}`, '--yes'],
        ['destroy', '--next', 'remote:9', '--yes'],
        ['agent', 'serve'],
        ['agent', 'stop'],
        ['agent', 'status'],
      ]) {
        const { code, stdout, stderr } = await stage.sockscope(words, alone);
        assert.equal(code, 3, words.join(' '));
        assert.match(stdout + stderr, /agent/);
      }
      await assertNothingDied();
    });

    function assertDoctor(json: CommandResult['json'], mode: string, loaded: readonly string[]): void {
      assert.deepEqual(Object.keys(json), ['schema', 'kernel', 'mode', 'engines', 'checks', 'bugs', 'log']);
      assert.deepEqual([json.schema, json.kernel, json.mode, json.engines], [1, release(), mode, loaded]);
      for (const check of json.checks) {
        assert.deepEqual(Object.keys(check), ['name', 'ok', 'detail']);
        assert.deepEqual([typeof check.ok, check.detail === ''], ['boolean', false]);
        assert.equal(check.detail.includes('\n'), false);
      }
      for (const bug of json.bugs) assert.deepEqual(Object.keys(bug), ['name', 'detail']);
    }
  });

  it('--help and --version', async () => {
    const help = await stage.sockscope(['--help']);
    assert.deepEqual([help.code, help.stderr], [0, '']);
    for (const verb of ['list', 'inspect', 'destroy', 'doctor', 'agent'])
      assert.match(help.stdout, new RegExp(`sockscope ${verb}`));
    for (const option of ['--version', '-V', '-v'])
      assert.match((await stage.sockscope([option])).stdout, /^sockscope \d+\.\d+\.\d+\n$/);
  });

  it('agent status and stop', async () => {
    const { json } = await stage.sockscope(['agent', 'status', '--json']);
    assert.deepEqual([json.schema, json.agent.pid, json.agent.uid], [1, agent.pid, stage.user.uid]);
    assert.equal(json.agent.protocol, protocolNumber);
    assert.deepEqual([json.agent.mode, json.agent.scope, json.agent.readOnly], ['agent', 'mine', false]);
    const text = await stage.asRoot(['agent', 'status']);
    assert.deepEqual([text.code, text.stdout.includes(`pid ${agent.pid}`)], [0, true]);

    const second = await stage.asRoot(['agent', 'serve']);
    assert.equal(second.code, StartExit.refused);
    assert.equal(
      second.stderr,
      `An agent for uid ${stage.user.uid} is already running: stop it with ${stage.command()} agent stop, or Stop Agent in the editor\n`,
    );

    const { code, stdout } = await stage.sockscope(['agent', 'stop']);
    assert.deepEqual([code, stdout], [0, `The agent (pid ${agent.pid}) has ended\n`]);
    assert.equal(await agent.ended(), 0);
    const after = await stage.sockscope(['agent', 'status', '--json']);
    const here = { version: json.agent.version, protocol: protocolNumber };
    assert.deepEqual([after.code, after.json.agent, after.json.here], [3, null, here]);
    assert.match(after.json.installed.kind, /^(absent|unsound|sound)$/);
    assert.equal((await stage.sockscope(['agent', 'stop'])).code, 3);
    const destroy = await stage.sockscope(['destroy', `:${listening.local[1]}`, '--yes']);
    assert.equal(destroy.code, 3);
    assert.match(destroy.stderr, /sudo .*agent serve/);
    const listener = [`:${listening.local[1]}`, 'state:listen', '--yes'];
    const alone = await stage.sockscope(['destroy', ...listener]);
    assert.deepEqual([alone.code, alone.stderr], [1, ''], 'with an agent, too, nothing would be destroyed');
    assert.match(alone.stdout, /^protected .* listens: .*--include-listeners/);
    const named = await stage.sockscope(['destroy', ...listener, '--include-listeners']);
    assert.deepEqual([named.code, named.stdout], [3, '']);
    await assertNothingDied();
  });
});

function endpoint([address, port]: SocketInfo['local']) {
  return { address, port };
}
