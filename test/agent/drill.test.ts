/** Drills of programs that reconnect in different ways, or do not. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../agent/client/library/connect';
import type { DrillResult, Endpoint, Round } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { type DrillProgram, drillOf, verdicts, withProgram } from '../helpers/drill-programs';
import { connectAll } from '../helpers/pairs';
import { start, until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { ReconnectingClient } from '../helpers/reconnecting';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

describe('a drill', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
  });
  after(() => stage?.close());

  const run = (kind: DrillProgram, port: number, use: (pid: number) => Promise<void>) =>
    withProgram(stage, kind, port, use);

  const drill = (filter: string, ...words: string[]) => drillOf(stage, filter, ...words);

  async function soleConnection(pid: number): Promise<{ readonly inode: string; readonly local: Endpoint }> {
    const { json } = await stage.sockscope(['list', `pid:${pid}`, 'state:established', '--json']);
    const [{ inode, local }] = json.sockets;
    return { inode, local };
  }

  it('a client with a constant pause recovers in each round', () =>
    run('constant', 7001, async (pid) => {
      const { code, result } = await drill(
        `pid:${pid}`,
        '--times',
        '3',
        '--every',
        '0s',
        '--expect-within',
        '5s',
      );
      assert.deepEqual([code, verdicts(result)], [0, ['recovered', 'recovered', 'recovered']]);
      for (const round of result.rounds) {
        assert.equal(round.destroyed, 1);
        assert.deepEqual(
          round.attempts.map(({ result, pid: by, remote }) => [result, by, remote.port]),
          [['connected', pid, 7001]],
        );
        assert.ok((round.firstAttemptMs ?? 0) >= 49 && round.recoveredMs !== null && round.bytesMs !== null);
      }
      assert.equal(result.summary.recovered, 3);
    }));

  it('a round begins its time after the recovery before, however long that took', () =>
    run('slow', 7023, async (pid) => {
      const { result } = await drill(`pid:${pid}`, '--times', '2', '--every', '1s');
      const [first, second] = result.rounds;
      assert.deepEqual(verdicts(result), ['recovered', 'recovered']);
      const pause = (second?.startedMs ?? 0) - (first?.startedMs ?? 0) - (first?.allRecoveredMs ?? 0);
      assert.ok(pause >= 1000, `${pause} ms`);
    }));

  it('with --end peer, and by the server’s port, the same program is drilled', () =>
    run('constant', 7002, async (pid) => {
      for (const words of [
        [`pid:${pid}`, '--end', 'peer'],
        [':7002', 'state:established'],
      ]) {
        const [filter = '', ...more] = words;
        const { result } = await drill(filter, ...more, '--times', '1');
        assert.deepEqual(
          result.rounds.map(({ verdict, attempts }) => [verdict, attempts[0]?.pid]),
          [['recovered', pid]],
        );
      }
    }));

  it('while the remote is held down, attempts are refused; the backoff is found', () =>
    run('exponential', 7003, async (pid) => {
      setPriority(pid, -15); // its pauses are as long as it says, however busy the machine is
      const words = ['--times', '2', '--every', '0s', '--fault', 'refused', '--down', '2s'];
      const { result } = await drill(`pid:${pid}`, ...words);
      assert.deepEqual(verdicts(result), ['recovered', 'recovered']);
      for (const { attempts, recoveredMs } of result.rounds) {
        const refused = attempts.filter(({ byOutage }) => byOutage);
        assert.ok(refused.length >= 4, `${refused.length} refused`);
        assert.deepEqual(new Set(refused.map(({ result }) => result)), new Set(['refused']));
        assert.ok((recoveredMs ?? 0) >= 1900, `${recoveredMs} ms`);
      }
      assert.equal(
        result.summary.backoff,
        'exponential',
        JSON.stringify(result.rounds.map((one: Round) => one.gapsMs)),
      );
    }));

  it('a remote is held down in the network namespace of its connections', async () => {
    const netns = stage.makeNetns('far');
    const server = await stage.puppet({ netns });
    const { local } = await server.listen('far', {
      family: 'ipv4',
      address: '127.0.0.1',
      port: 7020,
      backlog: 50,
    });
    await ReconnectingClient.start(stage, local, [50, 50], { netns });
    const { result } = await drill('remote:7020', '--times', '1', '--fault', 'refused', '--down', '2s');
    assert.deepEqual(verdicts(result), ['recovered']);
    const attempts = result.rounds[0]?.attempts ?? [];
    assert.ok(
      attempts.length > 1 && attempts.slice(0, -1).every(({ byOutage }) => byOutage),
      JSON.stringify(attempts),
    );
  });

  it('a program that never reconnects is lazy; the next round finds no connection and is missed', () =>
    run('givesUp', 7004, async (pid) => {
      const words = ['--times', '2', '--every', '0s', '--wait', '500ms', '--expect-within', '1s'];
      const { code, result } = await drill(`pid:${pid}`, ...words);
      assert.deepEqual([code, verdicts(result)], [1, ['lazy', 'missed']]);
    }));

  it('a connection to another service is no recovery: unknown, and late for a CI job', () =>
    run('elsewhere', 7024, async () => {
      const words = ['--times', '1', '--wait', '5s', '--expect-within', '5s'];
      const { code, result } = await drill('remote:7024', ...words);
      assert.deepEqual([code, verdicts(result), result.rounds[0]?.recovered], [1, ['unknown'], 0]);
      assert.match(
        result.rounds[0]?.message ?? '',
        /^It did not connect again, but connected to 127\.0\.0\.1:\d+: whether that replaces what it lost is not known; 1 attempt in all$/,
      );
    }));

  it('a drill that matches nothing ends at once, with one sentence', async () => {
    const words = ['drill', 'remote:7099', '--times', '1000', '--every', '1h', '--yes'];
    const text = await stage.sockscope(words);
    assert.deepEqual([text.code, text.stdout], [4, '']);
    assert.match(
      text.stderr,
      /^sockscope: Nothing matches remote:7099: a drill needs an established TCP connection.*\n$/,
    );
    const { code, json } = await stage.sockscope([...words, '--json']);
    assert.deepEqual([code, verdicts(json), json.cancelled], [4, ['missed'], false]);
  });

  /** A round in which the agent gets no event after the destroy until the time to wait is over. */
  async function drillWithLateEvents(pid: number, waitMs: number): Promise<Round | undefined> {
    const sockscope = await connect({ uid: stage.user.uid });
    const stopped: Promise<unknown>[] = [];
    let last: Round | undefined;
    try {
      for await (const event of sockscope.drillEvents(`pid:${pid}`, { times: 1, wait: waitMs })) {
        if (event.kind === 'round') last = event.round;
        if (event.kind !== 'destroyed') continue;
        agent.signal('SIGSTOP');
        stopped.push(sleep(waitMs + 800).then(() => agent.signal('SIGCONT')));
      }
      return last;
    } finally {
      await Promise.all(stopped);
      sockscope.close();
    }
  }

  it('an event that reaches the agent late counts by its kernel time: a recovery within the wait, none after it', () =>
    run('slow', 7013, async (pid) => {
      const late = await drillWithLateEvents(pid, 200);
      assert.deepEqual([late?.verdict, late?.attempts], ['lazy', []], late?.message);
      await connectedAgain(7013);
      const back = await drillWithLateEvents(pid, 3000);
      assert.equal(back?.verdict, 'recovered', back?.message);
      assert.ok((back.recoveredMs ?? 0) < 3000, back.message);
    }));

  it('a drill that is cancelled, or whose client disconnects, ends at once with its outage; the unfinished round is not reported', () =>
    run('constant', 7012, async (pid) => {
      for (const leave of ['SIGINT', 'SIGKILL'] as const) {
        const words = [
          `pid:${pid}`,
          '--times',
          '5',
          '--fault',
          'refused',
          '--down',
          '60s',
          '--yes',
          '--json',
        ];
        const command = start(
          [process.execPath, join(stage.folder, 'sockscope.js'), 'drill', ...words],
          { user: stage.user, netns: stage.netns },
          { stdio: ['ignore', 'pipe', 'inherit'] },
        );
        let printed = '';
        command.stdout?.setEncoding('utf8').on('data', (text: string) => {
          printed += text;
        });
        const gone = once(command, 'close');
        await until('it is held down', async () => (await outages()).length === 1);
        command.kill(leave);
        const [code] = await gone;
        await until('it is up again', async () => (await outages()).length === 0);
        if (leave === 'SIGKILL') continue;
        const { rounds, cancelled } = JSON.parse(printed) as DrillResult;
        assert.deepEqual([code, rounds, cancelled], [1, [], true]);
        await connectedAgain(7012);
      }
    }));

  async function outages(): Promise<unknown[]> {
    return (await stage.sockscope(['outage', 'list', '--json'])).json.outages;
  }

  function connectedAgain(port: number): Promise<unknown> {
    return until('it is connected again', async () => {
      const { json } = await stage.sockscope(['list', `remote:${port}`, 'state:established', '--json']);
      return json.sockets.length > 0;
    });
  }

  it('more than twenty attempts in a second are a storm', () =>
    run('storms', 7007, async (pid) => {
      const { result } = await drill(`pid:${pid}`, '--times', '1', '--fault', 'refused', '--down', '1s');
      assert.deepEqual(verdicts(result), ['storm']);
    }));

  it('a program that burns CPU instead of reconnecting spins', () =>
    run('spins', 7008, async (pid) => {
      const { result } = await drill(`pid:${pid}`, '--times', '1', '--wait', '5s');
      assert.deepEqual(verdicts(result), ['spinning']);
    }));

  it('what belongs to another user is denied, with how to allow it', async () => {
    // Of the second one, only the server is the user's: its client would reconnect unseen.
    for (const user of [stranger, undefined]) await assertDenied(await stage.puppet(user && { user }));
  });

  async function assertDenied(server: Puppet): Promise<void> {
    const client = await stage.puppet({ user: stranger });
    const { listening } = await connectAll(server, client, { family: 'ipv4', loopback: '127.0.0.1' }, 'l', [
      'c',
    ]);
    const { code, result } = await drill(`remote:${listening.local[1]}`, '--times', '3', '--every', '1h');
    assert.deepEqual([code, verdicts(result)], [3, ['denied']], 'and ends after the first round');
    assert.match(result.rounds[0]?.message ?? '', /belongs to another user .*--scope all/);
    await assertEchoes([client, 'c'], [server, 'c']);
  }

  it('mistakes in the arguments are exit 2, and JUnit reports each round', () =>
    run('constant', 7010, async (pid) => {
      for (const words of [
        [],
        ['free text'],
        [`pid:${pid}`, '--times', '0'],
        [`pid:${pid}`, '--jitter', '200%'],
        [`pid:${pid}`, '--down', '1s'],
        [`pid:${pid}`, '--fault', 'slow'],
        [`pid:${pid}`, '--every', '5'],
      ])
        assert.equal((await stage.sockscope(['drill', ...words, '--yes'])).code, 2, words.join(' '));
      const { inode, local } = await soleConnection(pid);
      for (const bad of [join(stage.user.home, 'none', 'report.xml'), stage.user.home, '/report.xml']) {
        const { code, stderr } = await stage.sockscope(['drill', `pid:${pid}`, '--junit', bad, '--yes']);
        assert.deepEqual([code, stderr.startsWith(`sockscope: --junit "${bad}"`)], [2, true], stderr);
      }
      assert.deepEqual(await soleConnection(pid), { inode, local }, 'nothing was cut');
      const report = join(stage.user.home, 'report.xml');
      const late = ['--times', '1', '--expect-within', '1ms', '--junit', report];
      assert.equal((await drill(`pid:${pid}`, ...late)).code, 1);
      const stdout = readFileSync(report, 'utf8');
      assert.match(stdout, /<testsuite name="sockscope drill pid:\d+" tests="1" failures="1">/);
    }));
});
