/** Servers that something starts again, some seconds later: `free` stops that, or names it, and is not content with a moment. */

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { isRunning } from '../helpers/holders/descendants';
import { type HoldingProgram, PortFixture } from '../helpers/port-fixture';
import { run } from '../helpers/programs';
import { python, withoutRoot } from '../helpers/stage';

describe('free of a server that is started again', { skip: withoutRoot }, () => {
  const fixture = new PortFixture(7100);
  before(() => fixture.stage.agent());
  beforeEach(() => fixture.nextPort());
  afterEach(() => fixture.endPrograms());
  after(() => fixture.close());

  const server = () => `${python} ${fixture.stage.folder}/port_holder.py listen ${fixture.port}`;

  function script(name: string, lines: readonly string[]): string {
    const path = join(fixture.stage.folder, name);
    writeFileSync(path, [...lines, ''].join('\n'));
    chmodSync(path, 0o755);
    return path;
  }

  /** `why` names it as what starts the server again, and `free` stops it, with the server. */
  async function assertStopped(supervisor: HoldingProgram, name: string): Promise<void> {
    const { json: answer } = await fixture.why();
    const [{ remedy, respawn }] = answer.holders;
    assert.deepEqual(
      [remedy, respawn.name, respawn.process.pid],
      ['stop-supervisor', name, supervisor.child.pid],
    );
    const { code, json, stdout } = await fixture.free();
    assert.deepEqual([code, json.freed, json.steps[0].outcome], [0, true, 'stopped'], stdout);
    assert.ok(json.watchedMs >= 3000);
    await supervisor.ended();
  }

  it('a loop on the command line of a shell is stopped', async () => {
    const loop = `while true; do ${server()}; sleep 5; done`;
    await assertStopped(await fixture.run(['/bin/bash', '-c', loop]), 'bash');
  });

  it('a loop in a script is stopped', async () => {
    const path = script('run-server.sh', ['#!/bin/sh', `until ${server()}`, 'do', '  sleep 5', 'done']);
    await assertStopped(await fixture.run([path]), 'run-server.sh');
  });

  it('a script that only waits for something before it starts the server is left alone', async () => {
    const path = script('start.sh', [
      '#!/bin/sh',
      'until true; do sleep 1; done',
      server(),
      'exec sleep 600',
    ]);
    const shell = await fixture.run([path]);
    const { json } = await fixture.free();
    assert.deepEqual([json.freed, json.steps[0].act], [true, 'signal']);
    assert.match(
      json.message,
      new RegExp(`\\(pid ${shell.child.pid}\\), which had started its server, lives on`),
    );
    assert.ok(shell.lives);
  });

  it('a program that starts it again after four seconds is named, with what ends it', async () => {
    const code = `import subprocess, sys, time
while True:
    subprocess.run(sys.argv[1:])
    time.sleep(4)`;
    const parent = await fixture.run([python, '-c', code, ...server().split(' ')]);
    const { pid } = parent.child;
    const freed = await fixture.free();
    assert.deepEqual([freed.code, freed.json.freed, freed.json.watchedMs], [1, false, null], freed.stdout);
    assert.deepEqual([freed.json.respawn.kind, freed.json.respawn.process.pid], ['parent', pid]);
    const [next] = freed.json.next;
    assert.equal(next.command, `kill ${pid}`);
    // As the user would.
    await run(['/bin/sh', '-c', next.command], { user: fixture.stage.user });
    await parent.ended();
    const again = await fixture.free();
    assert.deepEqual([again.code, again.json.freed], [0, true], again.stdout);
  });

  it('a service of runit is stopped by sv', async (t) => {
    const found = await run(['/bin/sh', '-c', 'command -v runsv && command -v sv']);
    if (found.code !== 0) return t.skip('runit is not installed');
    const { folder, user } = fixture.stage;
    const service = join(folder, 'service');
    mkdirSync(service);
    writeFileSync(join(service, 'run'), `#!/bin/sh\nexec ${server()}\n`, { mode: 0o755 });
    chownSync(service, user.uid, user.gid);
    const runsv = await fixture.run(['runsv', service]);
    const { json: answer } = await fixture.why();
    const { respawn, owners } = answer.holders[0];
    assert.deepEqual([respawn.name, respawn.process.pid], ['runsv', runsv.child.pid]);
    assert.match(answer.next[0].why, /^`sv stop \/\S+\/service` has "runsv" \(pid \d+\) stop it, since/);
    const { code, json, stdout } = await fixture.free();
    assert.deepEqual([code, json.freed, json.steps[0].outcome], [0, true, 'stopped'], stdout);
    assert.ok(runsv.lives, 'it goes on, with its service down');
    assert.ok(!isRunning(owners[0].pid));
  });
});
