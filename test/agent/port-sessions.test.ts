/** `why` and `free` of a port that an ssh master forwards: the forward is closed alone, and its sessions live on. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type HoldingProgram, PortFixture } from '../helpers/port-fixture';
import { run } from '../helpers/programs';
import { sshDaemon, sshWords, withoutSsh } from '../helpers/ssh';
import { withoutRoot } from '../helpers/stage';

describe('a port that ssh forwards', { skip: withoutRoot || withoutSsh, concurrency: 1 }, () => {
  let fixture: PortFixture;
  let to: readonly string[];
  before(async () => {
    fixture = new PortFixture(6000);
    await sshDaemon(fixture.stage, 6000);
    to = sshWords(fixture.stage, 6000);
  });
  beforeEach(() => fixture.nextPort());
  after(async () => {
    await fixture?.endPrograms();
    await fixture?.close();
  });

  const ssh = (...words: readonly string[]) => fixture.run(['ssh', ...words]);
  const plain = (command: readonly string[]) =>
    run(command, { user: fixture.stage.user, netns: fixture.stage.netns });
  const forward = () => `${fixture.port}:127.0.0.1:6000`;
  const remote = 'echo ready; exec sleep 598';

  /** A master with that forward and a session of its own, and one more session over it. */
  async function masterAndSession(): Promise<[HoldingProgram, HoldingProgram, string]> {
    const control = join(fixture.stage.user.home, `control-${fixture.port}`);
    const master = await ssh('-M', '-S', control, '-L', forward(), ...to, remote);
    const session = await ssh('-S', control, ...to, remote);
    return [master, session, control];
  }

  it('is closed by the master, which lives on with its sessions', async () => {
    const [master, session, control] = await masterAndSession();
    const { json: answer } = await fixture.why();
    assert.equal(answer.holders[0].remedy, 'release');
    assert.match(
      answer.summary,
      /^Port \d+ is busy.*: ssh \(pid \d+\) listens on .*; 2 ssh sessions run through it$/,
    );
    assert.match(
      answer.next[0].why,
      new RegExp(`ssh -F none -S ${control} -O cancel -L ${forward()} .* closes the port alone`),
    );
    const { code, json } = await fixture.free();
    assert.deepEqual([code, json.freed], [0, true], json.message);
    assert.deepEqual(
      json.steps.map(({ act, outcome }: { act: string; outcome: string }) => [act, outcome]),
      [['release', 'released']],
    );
    assert.ok(master.lives && session.lives);
    await fixture.hold('listen');
  });

  it('is left alone where it was not given to this ssh, and a session would end', async () => {
    const [master, session, control] = await masterAndSession();
    const other = fixture.port + 1;
    const asked = await plain([
      'ssh',
      '-S',
      control,
      '-O',
      'forward',
      '-L',
      `${other}:127.0.0.1:6000`,
      ...to,
    ]);
    assert.equal(asked.code, 0, asked.stderr);
    const words = [String(other), '--yes', '--json'];
    const { code, json } = await fixture.stage.sockscope(['free', ...words]);
    assert.deepEqual([code, json.steps], [1, []], json.message);
    assert.match(json.message, /2 ssh sessions run through it, which would end with it/);
    assert.ok(master.lives && session.lives);
    assert.deepEqual(
      json.next.map(({ command }: { command: string }) => command),
      [fixture.stage.command('free', String(other), '--include-sessions')],
    );
    const agreed = await fixture.stage.sockscope(['free', ...words, '--include-sessions']);
    assert.deepEqual([agreed.code, agreed.json.freed], [0, true], agreed.json.message);
    await master.ended();
  });

  it('of an ssh without a session is freed by its end', async () => {
    const tunnel = await plain(['ssh', '-f', '-N', '-L', forward(), ...to]);
    assert.equal(tunnel.code, 0, tunnel.stderr);
    const { code, json } = await fixture.free();
    assert.deepEqual([code, json.freed], [0, true], json.message);
    assert.match(json.steps[0].target, /^ssh \(pid \d+\)$/);
    assert.equal(json.steps[0].act, 'signal');
  });
});
