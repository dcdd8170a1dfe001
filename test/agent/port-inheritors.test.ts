/** `free` and processes that only inherited a listening socket: each is named, and ends by an agreement of its own. */

import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { isRunning } from '../helpers/holders/descendants';
import { PortFixture } from '../helpers/port-fixture';
import { until, which } from '../helpers/programs';
import { python, withoutRoot } from '../helpers/stage';

describe('a listening socket that others inherited', { skip: withoutRoot }, () => {
  let fixture: PortFixture;
  const strays: number[] = [];
  before(() => {
    fixture = new PortFixture(5000);
  });
  beforeEach(() => fixture.nextPort());
  afterEach(async () => {
    for (const pid of strays.splice(0)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    await fixture.endPrograms();
  });
  after(async () => {
    rmSync(`/tmp/tmux-${fixture.stage.user.uid}`, { recursive: true, force: true });
    await fixture.close();
  });

  /** Pids in the first line of a program; they are ended after the test. */
  function strayPids(line: string): number[] {
    const pids = (line.match(/\d+/g) ?? []).map(Number);
    strays.push(...pids);
    return pids;
  }

  const targets = (json: { steps: readonly { target: string; outcome: string }[] }) =>
    json.steps.map(({ target, outcome }) => `${target} ${outcome}`);

  it('is freed at once with --include-inheritors', async () => {
    const server = await fixture.hold('helper');
    const [heir] = strayPids(server.ready);
    const { json: answer } = await fixture.why();
    assert.deepEqual(answer.notes.slice(1), [
      `sleep (pid ${heir}) accepts no connection, and only inherited the socket: it keeps the port busy when python3 (pid ${server.child.pid}) ends`,
    ]);
    const command = (...words: string[]) => fixture.stage.command('free', String(fixture.port), ...words);
    assert.deepEqual(
      answer.next.map((step: { command: string }) => step.command),
      [command(), command('--include-inheritors')],
    );
    const { code, json } = await fixture.free('--include-inheritors');
    assert.deepEqual([code, json.freed], [0, true], json.message);
    assert.deepEqual(targets(json), [
      `python3 (pid ${server.child.pid}) exited`,
      `sleep (pid ${heir}) exited`,
    ]);
    await fixture.hold('listen');
  });

  it('is served by workers, as of nginx: their master accepts nothing, and is not what is left of a server', async () => {
    const program = [
      'import os, socket, sys',
      "held = socket.create_server(('127.0.0.1', int(sys.argv[1])))",
      'if os.fork() == 0:',
      '  while True: held.accept()',
      "print('ready', flush=True)",
      'os.wait()',
    ];
    const master = await fixture.run([python, '-c', program.join('\n'), String(fixture.port)]);
    const { json } = await fixture.why();
    const [holder] = json.holders;
    assert.deepEqual([holder.owners.length, json.notes.length], [2, 1], json.summary);
    assert.match(holder.why, /listen on 127\.0\.0\.1:\d+$/);
    assert.match(
      json.next[0].why,
      new RegExp(`^SIGTERM goes to python3 \\(pid ${master.child.pid}\\) alone`),
    );
    assert.equal(json.next.length, 1);
    strayPids(holder.owners.map(({ pid }: { pid: number }) => pid).join(' '));
  });

  it('is offered on a terminal, and the plan names the option', async () => {
    const server = await fixture.hold('helper');
    const [heir] = strayPids(server.ready);
    const { stdout } = await fixture.freeOnTerminal('n\n');
    assert.match(stdout, new RegExp(`Left alone: sleep \\(pid ${heir}\\) inherited the listening socket`));
    assert.match(stdout, new RegExp(`sleep \\(pid ${heir}\\): sleep 598, in /\\S+, for \\d+ s\\.`));
    assert.match(stdout, /--include-inheritors ends what only inherited the socket, too/);
  });

  it('of two siblings ends the one that accepts; the other, alone, is named as what is left', async () => {
    const parent = await fixture.hold('siblings');
    await parent.ended();
    const [server, heir] = strayPids(parent.ready);
    await until('it accepts', () => /accept/.test(readFileSync(`/proc/${server}/wchan`, 'utf8')));
    const first = await fixture.free('--grace', '5s');
    assert.deepEqual([first.code, first.json.freed], [1, false], first.json.message);
    assert.deepEqual(targets(first.json), [`python3 (pid ${server}) exited`]);
    assert.match(
      first.json.message,
      new RegExp(`sleep \\(pid ${heir}\\) still holds the port by inheritance`),
    );
    const { json: left } = await fixture.why();
    assert.match(
      left.summary,
      new RegExp(
        `sleep \\(pid ${heir}\\) listens on .*; it waits for no connection: its server may be gone$`,
      ),
    );
    const second = await fixture.free();
    assert.deepEqual([second.code, second.json.freed], [0, true], second.json.message);
    assert.deepEqual(targets(second.json), [`sleep (pid ${heir}) exited`]);
  });

  it('in a tmux server ends no session without --include-sessions', {
    skip: which('tmux') ? false : 'there is no tmux',
  }, async () => {
    const server = await fixture.holdAt('127.0.0.1', 'tmux', `sst-${process.pid}`);
    const [tmux] = strayPids(server.ready);
    assert.ok(tmux);
    const first = await fixture.free('--include-inheritors', '--grace', '5s');
    assert.deepEqual(targets(first.json), [`python3 (pid ${server.child.pid}) exited`]);
    assert.deepEqual([first.code, isRunning(tmux)], [1, true], first.json.message);

    const { json: left } = await fixture.why();
    assert.equal(left.holders[0].remedy, 'none');
    assert.match(left.summary, /every tmux session of its server runs in it$/);
    assert.deepEqual(
      left.next.map(({ command }: { command: string }) => command),
      [fixture.stage.command('free', String(fixture.port), '--include-sessions')],
    );
    const again = await fixture.free('--include-inheritors');
    assert.deepEqual([again.code, again.json.steps, isRunning(tmux)], [1, [], true], again.json.message);
    assert.match(again.json.message, /which would end with it: it is left alone without --include-sessions/);
    const agreed = await fixture.free('--include-sessions', '--signal', 'KILL');
    assert.deepEqual([agreed.code, agreed.json.freed], [0, true], agreed.json.message);
  });
});
