/** Binds that fail although nothing holds the port, and ports that a client's end holds: the words, and what to run next. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Cgroup, cgroup2Mount } from '../helpers/cgroup';
import { kindsOf, PortFixture } from '../helpers/port-fixture';
import { run } from '../helpers/programs';
import { python, withoutRoot } from '../helpers/stage';

const mount = cgroup2Mount();

describe('a port that nothing holds, and a bind filter refuses', {
  skip: withoutRoot || (mount === null ? 'there is no cgroup2' : false),
}, () => {
  let fixture: PortFixture;
  let cgroup: Cgroup;
  /** Of this process, and so of what it starts. */
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  before(() => {
    fixture = new PortFixture(7500);
    cgroup = new Cgroup(mount ?? '', 'binds');
  });
  beforeEach(() => fixture.nextPort());
  afterEach(async () => {
    writeFileSync(join(mount ?? '', own, 'cgroup.procs'), String(process.pid));
    await fixture.endPrograms();
  });
  after(async () => {
    await cgroup?.remove();
    await fixture?.close();
  });

  const cases = [
    ['EADDRINUSE', 98, /no socket that can be seen has the port\. A bind filter \(BPF\) .*WSL.*Windows/],
    [
      'EACCES',
      13,
      /no socket has the port, and it is not a privileged one: a security module or a bind filter/,
    ],
    ['EPERM', 1, /no socket has the port, and it is not a privileged one: .*SocketBindDeny=/],
  ] as const;
  for (const [name, errno, words] of cases)
    it(`has words for ${name}, and free does nothing`, async () => {
      const filter = join(fixture.stage.folder, 'bind_filter.py');
      await fixture.run([python, filter, cgroup.path, String(fixture.port), String(errno)], {
        user: undefined,
      });
      cgroup.take(process.pid);
      const { json } = await fixture.why();
      assert.match(json.summary, new RegExp(`^Port ${fixture.port} cannot be bound: ${name}: `));
      assert.match(json.summary, words);
      assert.deepEqual([json.free, json.holders, json.next], [false, [], []]);
      const { code, json: report } = await fixture.free();
      assert.deepEqual([code, report.steps, report.next], [1, [], []], report.message);
      assert.match(report.message, words);
    });
});

describe("a client's end on the port", { skip: withoutRoot }, () => {
  let fixture: PortFixture;
  before(async () => {
    fixture = new PortFixture(7700);
    await fixture.stage.agent();
  });
  after(async () => {
    await fixture?.endPrograms();
    await fixture?.close();
  });

  it('has ip_local_reserved_ports as its next step, until the port is there', async () => {
    await fixture.hold('listen');
    const client = await fixture.hold('client');
    const own = client.ready.split(' ')[1] ?? '';
    const why = () => fixture.stage.sockscope(['why', own, '--json']);
    const first = await why();
    assert.deepEqual(kindsOf(first), ['client']);
    const command = `sysctl -w net.ipv4.ip_local_reserved_ports=${own}`;
    assert.deepEqual(
      first.json.next.map((step: { command: string }) => step.command),
      [`sudo ${command}`],
    );
    const { code, stderr } = await run(command.split(' '), { netns: fixture.stage.netns });
    assert.equal(code, 0, stderr);
    assert.deepEqual((await why()).json.next, []);
    assert.ok(client.lives);
  });
});
