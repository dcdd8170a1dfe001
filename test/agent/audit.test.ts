/** The audit log: a line before each act and one after it, of the broker's own knowledge; and who may read it. */

import assert from 'node:assert/strict';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAudit, signalProcess } from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import type { AgentProcess } from '../helpers/agent-process';
import { auditFolder, auditLines, auditText, type Line } from '../helpers/audit';
import { usualEngine } from '../helpers/engines';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];
const names = ['one', 'two', 'three', 'four'] as const;

/** Bytes that end strings and lines, move cursors, and are no UTF-8. */
const hostileName = [...Buffer.from('"\\\n\x1b')].concat([0xff, 0xc2, 0x9b, 0xc3, 0xa9]);
/** A puppet with this name. */
const renamed = (folder: string, name: readonly number[]) => `
import ctypes, runpy
ctypes.CDLL(None).prctl(15, bytes(${JSON.stringify(name)}), 0, 0, 0)
runpy.run_path('${folder}/puppet.py', run_name='__main__')
`;

describe('the audit', { skip: withoutRoot }, () => {
  const since = new Date();
  let stage: Stage;
  let agent: AgentProcess;
  let pairs: Record<(typeof names)[number], Pair>;
  let foreign: Pair;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
    server = await stage.puppet();
    peer = await stage.puppet();
    ({ pairs } = await connectAll(server, peer, ipv4, 'listener', names));
    const [other, others] = [await stage.puppet({ user: stranger }), await stage.puppet({ user: stranger })];
    foreign = (await connectAll(other, others, ipv4, 'foreign', ['c'])).pairs.c;
  });
  after(() => stage?.close());

  const linesOf = (cookie: string, uid = stage.user.uid): Line[] =>
    auditLines(uid, since).filter((line) => line.cookie === cookie);

  function destroy(cookie: string, ...words: string[]) {
    return stage.sockscope(['destroy', `cookie:${cookie}`, '--yes', ...words]);
  }

  it('R20: only root can read it', () => {
    for (const [path, mode] of [
      [auditFolder, 0o700],
      [`${auditFolder}/audit.log`, 0o600],
    ] as const)
      assert.deepEqual([statSync(path).uid, statSync(path).mode & 0o777], [0, mode]);
  });

  it('R20: has the intent and the outcome, with owner, tuple and what the agent says of the client', async () => {
    const { cookie, local, remote } = pairs.one.client;
    await destroy(cookie);
    assert.equal(await peer.errnoOf('receive', 'one'), 'ECONNABORTED');
    const [intent, outcome, ...more] = linesOf(cookie);
    assert.deepEqual(more, []);
    for (const { time, claimed, ...line } of [intent, outcome]) {
      assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
      assert.deepEqual([claimed.uid, claimed.method], [stage.user.uid, 'sockets/destroy']);
      assert.ok(claimed.pid > 0);
      const { phase, outcome: _, engine, ...rest } = line;
      assert.deepEqual(rest, {
        uid: stage.user.uid,
        scope: 'mine',
        act: 'destroy',
        netns: stage.netns.inode,
        cookie,
        protocol: 'tcp',
        local: { address: local[0], port: local[1] },
        remote: { address: remote?.[0], port: remote?.[1] },
        owner: { pid: peer.pid, name: 'python3', uid: stage.user.uid },
      });
      assert.equal(engine, phase === 'intent' ? undefined : usualEngine);
    }
    assert.deepEqual([intent.phase, outcome.phase, outcome.outcome], ['intent', 'outcome', 'destroyed']);
    // A person reads the agent's terminal.
    const ends = `\\S+:${local[1]} -> \\S+:${remote?.[1]}`;
    await agent.prints(
      new RegExp(
        `^\\d\\d:\\d\\d:\\d\\d Destroyed ${ends}\\. python3 \\(pid ${peer.pid}\\) is still running \\(asked by pid \\d+\\)$`,
        'm',
      ),
    );
    assert.doesNotMatch(agent.stderr, /^\{/m);
  });

  it('says of UDP what the client is told: reset where the port stays, destroyed where it does not', async () => {
    const making = { family: 'ipv4', protocol: 'udp' } as const;
    const bound = await server.bind('bound', { ...making, address: '127.0.0.1', port: 24_900 });
    const chosen = await peer.connect('chosen', { ...making, to: bound.local });
    const own = await peer.connect('own', { ...making, to: bound.local, bind: ['127.0.0.1', 24_901] });
    for (const [{ cookie }, expected] of [
      [chosen, 'destroyed'],
      [own, 'reset'],
      [bound, 'reset'],
    ] as const) {
      const { json } = await destroy(cookie, '--json');
      assert.deepEqual(
        json.results.map(({ outcome }: { outcome: string }) => outcome),
        [expected],
      );
      assert.deepEqual(
        linesOf(cookie).map(({ phase, outcome }) => [phase, outcome]),
        [
          ['intent', undefined],
          ['outcome', expected],
        ],
      );
    }
  });

  it('has what was refused, by whom, and none that only reads', async () => {
    await destroy(foreign.client.cookie);
    const [denied, ...more] = linesOf(foreign.client.cookie);
    assert.deepEqual(more, []);
    assert.deepEqual([denied.phase, denied.outcome, denied.by], ['refusal', 'denied', 'scope']);
    assert.equal(denied.owner.uid, stranger.uid);
    const listener = await server.info('listener');
    await destroy(listener.cookie);
    const [left] = linesOf(listener.cookie);
    assert.deepEqual([left.phase, left.outcome, left.by], ['refusal', 'protected', 'agent']);
    const { cookie } = pairs.two.client;
    await destroy(cookie, '--dry-run');
    assert.deepEqual(linesOf(cookie), []);
  });

  it('has the calls of root without an agent', async () => {
    const { cookie } = pairs.three.client;
    const words = ['destroy', `cookie:${cookie}`, '--yes'];
    const environment = { SUDO_UID: '64998' };
    assert.equal((await stage.sockscope(words, { user: undefined, environment })).code, 0);
    await until('it is in the audit', () => linesOf(cookie, 0).length === 2);
    for (const { scope, claimed } of linesOf(cookie, 0)) assert.deepEqual([scope, claimed.uid], ['all', 0]);
  });

  it('has one line for a name that would end strings and lines, at most 1 KiB long', async () => {
    const victim = await stage.victim([python, '-c', renamed(stage.folder, hostileName)]);
    const hostile = (await connectAll(server, victim, ipv4, 'hostile', ['hostile'])).pairs.hostile;
    await destroy(hostile.client.cookie);
    const [, outcome] = linesOf(hostile.client.cookie);
    assert.equal(outcome.owner.name, '"\\\n\x1b\ufffd\x9b\u00e9');
    const raw = auditText()
      .split('\n')
      .filter((line) => line.includes(`"cookie":"${hostile.client.cookie}"`));
    assert.equal(raw.length, 2);
    for (const line of raw) {
      assert.ok(line.length < 1024);
      assert.ok(line.includes('"name":"\\"\\\\\\u000a\\u001b\\ufffd\\u009b\u00e9"'), line);
    }
  });

  it('has the name of the program where its main thread has one that says nothing', async () => {
    const victim = await stage.victim([python, '-c', renamed(stage.folder, [...Buffer.from('MainThread')])]);
    const program = basename(realpathSync(`/proc/${victim.pid}/exe`));
    const { client } = (await connectAll(server, victim, ipv4, 'node', ['node'])).pairs.node;
    await destroy(client.cookie);
    const named = linesOf(client.cookie).map(({ owner }) => owner.name);
    assert.deepEqual(named, [program, program]);
  });

  it('has outages: their start and their end', async () => {
    const words = ['outage', `pid:${peer.pid}`, 'remote:9', '--for', '3s', '--yes'];
    const { code, stderr } = await stage.sockscope(words);
    assert.equal(code, 0, stderr);
    const ofOutage = () => auditLines(stage.user.uid, since).filter((line) => line.act.endsWith('-outage'));
    await until('it is over', () => ofOutage().some(({ act }) => act === 'clear-outage'));
    const lines = ofOutage();
    assert.deepEqual(
      lines.map(({ act, phase }) => `${act} ${phase}`),
      ['set-outage intent', 'set-outage outcome', 'clear-outage outcome'],
    );
    const [{ fault, remote, of_uid, processes, claimed, for_ms }] = lines;
    assert.deepEqual(
      [fault, remote, of_uid, processes, claimed.method],
      ['refused', { port: 9 }, stage.user.uid, 1, 'outages/start'],
    );
    assert.ok(for_ms > 0 && for_ms <= 3000, for_ms);
  });

  it('has signals, also those that the agent refuses', async () => {
    const client = await stage.clientOfUser();
    const victim = await stage.puppet();
    const startTime = startTimeOf(victim.pid);
    const params = { pid: victim.pid, startTime, signal: 'TERM', graceMs: 10_000 } as const;
    assert.equal((await client.request(signalProcess, params)).outcome, 'exited');
    const broker = await agent.brokerPid();
    await client.request(signalProcess, { ...params, pid: broker, startTime: startTimeOf(broker) });
    const lines = auditLines(stage.user.uid, since).filter(({ act }) => act === 'signal');
    assert.deepEqual(
      lines.map(({ phase, outcome, by, signal, process }) => [phase, outcome, by, signal, process]),
      [
        ['intent', undefined, undefined, 15, { pid: victim.pid, name: 'python3', start_time: startTime }],
        ['outcome', 'sent', undefined, 15, { pid: victim.pid, name: 'python3', start_time: startTime }],
        [
          'refusal',
          'denied',
          'scope',
          15,
          { pid: broker, name: 'sscope-broker', start_time: startTimeOf(broker) },
        ],
      ],
    );
  });

  describe('sockscope log', () => {
    it('shows a user what concerns him, newest last, and nothing of others', async () => {
      const { json, code } = await stage.sockscope(['log', '--json']);
      assert.deepEqual([code, json.schema, json.complete, json.mayLackSums], [0, 1, true, false]);
      const uids = new Set(json.entries.map(({ uid }: Line) => uid));
      assert.deepEqual(uids, new Set([stage.user.uid]));
      const times = json.entries.map(({ time }: Line) => time);
      assert.deepEqual(times, [...times].sort());
      const { stdout } = await stage.sockscope(['log']);
      const { cookie, local, remote } = pairs.one.client;
      const row = `destroy +destroyed +python3 \\(pid ${peer.pid}\\) +127.0.0.1:${local[1]} > 127.0.0.1:${remote?.[1]} +uid ${stage.user.uid} \\(says the agent: sockets/destroy of pid`;
      assert.match(stdout, new RegExp(row));
      assert.ok(json.entries.some((entry: Line) => entry.cookie === cookie));
    });

    it('--since leaves older lines out', async () => {
      const { cookie } = pairs.four.client;
      const older = Date.now();
      await sleep(3000);
      await destroy(cookie);
      // The command counts from its own start, which may be late.
      await until('it shows the last lines, and no older ones', async () => {
        const since = `${Date.now() - older}ms`;
        const { json } = await stage.sockscope(['log', '--json', '--since', since]);
        return json.entries.length > 0 && json.entries.every((entry: Line) => entry.cookie === cookie);
      });
    });

    it('root sees everybody’s, without an agent', async () => {
      const environment = { SUDO_UID: '64998' };
      const { json } = await stage.sockscope(['log', '--json', '--since', '1h'], {
        user: undefined,
        environment,
      });
      const uids = new Set(json.entries.map(({ uid }: Line) => uid));
      assert.ok(uids.has(0) && uids.has(stage.user.uid));
      assert.equal(json.mayLackSums, true, 'the agent has not summed up yet');
      assert.match((await stage.asRoot(['log'])).stdout, /sums of the last minute may be missing/);
    });

    it('needs an agent for anybody else, and no observer has it', async () => {
      const { code, stderr } = await stage.sockscope(['log'], { user: stranger });
      assert.deepEqual([code, /Only root can read the audit log without an agent/.test(stderr)], [3, true]);
      const observer = await stage.observer();
      await assert.rejects(
        observer.request(readAudit, { since: 0 }),
        /Reading the audit log needs the agent/,
      );
    });

    it('names mistakes', async () => {
      for (const [words, text] of [
        [['--since', 'yesterday'], '"yesterday" is not a duration'],
        [['--since', '3000h'], '--since is 1ms to 90d'],
        [['destroy'], 'log takes --since DURATION and --json only'],
      ] as const) {
        const { code, stderr } = await stage.sockscope(['log', ...words]);
        assert.deepEqual([code, stderr.includes(text)], [2, true], stderr);
      }
    });
  });

  it('nothing of an argument or an environment is in it', () => {
    assert.doesNotMatch(readFileSync(`${auditFolder}/audit.log`, 'utf8'), /puppet\.py|SUDO_UID/);
  });
});
