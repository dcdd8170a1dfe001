/** `free` of a port whose process no signal ends: it says why, and advises nothing that was in vain. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { PortFixture } from '../helpers/port-fixture';
import { run, until } from '../helpers/programs';
import { withoutRoot } from '../helpers/stage';

/** Of the first version: frozen processes of the second one end by SIGKILL. */
const freezer = '/sys/fs/cgroup/freezer';
const withoutFreezer = existsSync(`${freezer}/cgroup.procs`) ? false : 'there is no freezer of cgroup v1';

describe('a server in a frozen cgroup', { skip: withoutRoot || withoutFreezer }, () => {
  const cgroup = `${freezer}/sst-${process.pid}`;
  let fixture: PortFixture;
  before(() => {
    fixture = new PortFixture(7000);
    mkdirSync(cgroup);
  });
  beforeEach(() => fixture.nextPort());
  afterEach(async () => {
    writeFileSync(`${cgroup}/freezer.state`, 'THAWED');
    await fixture.endPrograms();
  });
  after(async () => {
    rmdirSync(cgroup);
    await fixture?.close();
  });

  for (const signal of ['TERM', 'KILL'])
    it(`is said to be frozen after SIG${signal}, and the printed command ends it`, async () => {
      const server = await fixture.hold('listen');
      writeFileSync(`${cgroup}/cgroup.procs`, String(server.child.pid));
      writeFileSync(`${cgroup}/freezer.state`, 'FROZEN');
      const { code, json, stderr } = await fixture.free('--signal', signal, '--grace', '300ms');
      assert.deepEqual([code, json.freed, json.steps[0].outcome], [1, false, 'running'], json.message);
      assert.match(json.message, /its cgroup \/sst-\d+ is frozen: it ends as soon as that is thawed/);
      const thaw = `echo THAWED > ${cgroup}/freezer.state`;
      assert.deepEqual(
        json.next.map(({ command }: { command: string }) => command),
        [`sudo sh -c '${thaw}'`],
      );
      assert.doesNotMatch(stderr, /--signal KILL/);
      assert.equal((await run(['sh', '-c', thaw], {})).code, 0);
      await server.ended();
      await until('the port is free', async () => (await fixture.why()).json.free);
    });
});
