/** A port whose process does nothing for now: why, and what makes it go on or end. Nothing is advised that was in vain. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Cgroup, cgroup2Mount } from '../helpers/cgroup';
import { PortFixture } from '../helpers/port-fixture';
import { run, until } from '../helpers/programs';
import { python, withoutRoot } from '../helpers/stage';

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
      assert.match(
        json.message,
        /it is in the frozen cgroup \/sst-\d+: it answers nobody, and ends as soon as that is thawed/,
      );
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

const mount = cgroup2Mount();
const frozenKinds = [
  { what: 'of its own', inner: false },
  { what: 'above its own', inner: true },
];

describe('a server that is held up', { skip: withoutRoot }, () => {
  let fixture: PortFixture;
  before(() => {
    fixture = new PortFixture(7200);
  });
  beforeEach(() => fixture.nextPort());
  afterEach(() => fixture.endPrograms());
  after(() => fixture?.close());

  const stateOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').charAt(0);
  const commands = (json: { next: readonly { command: string }[] }) =>
    json.next.map(({ command }) => command);

  it('is stopped, as by Ctrl-Z: it is no server that is gone, and the printed command continues it', async () => {
    const { child } = await fixture.hold('listen');
    const pid = child.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    await until('it is stopped', () => stateOf(pid) === 'T');
    const { json } = await fixture.why();
    assert.deepEqual(json.notes.slice(1), [
      `python3 (pid ${pid}) is stopped (Ctrl-Z or SIGSTOP): it keeps the port and answers nobody until it goes on`,
    ]);
    assert.doesNotMatch(json.holders[0].why, /its server may be gone/);
    const free = fixture.stage.command('free', String(fixture.port));
    assert.deepEqual(commands(json), [free, `kill -CONT ${pid}`]);
    const { user } = fixture.stage;
    assert.equal((await run(['kill', '-CONT', String(pid)], { user })).code, 0);
    await until('it goes on', () => stateOf(pid) !== 'T');
    assert.equal((await fixture.why()).json.notes.length, 1);
  });

  it('waits in the kernel (state D): that is said, and free ends it all the same where SIGKILL can', async () => {
    // The child of a vfork() opens a FIFO that nobody writes; until it has, no SIGTERM ends its parent.
    const fifo = `${fixture.stage.user.home}/fifo-${fixture.port}`;
    const program = [
      'import os, socket, sys',
      "held = socket.create_server(('127.0.0.1', int(sys.argv[1])))",
      'os.mkfifo(sys.argv[2])',
      "print('ready', flush=True)",
      "os.posix_spawn('/bin/true', ['true'], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 9, sys.argv[2], os.O_RDONLY, 0)])",
    ];
    const server = await fixture.run([python, '-c', program.join('\n'), String(fixture.port), fifo]);
    const pid = server.child.pid ?? 0;
    await until('it waits', () => stateOf(pid) === 'D');
    const waits = `waits in the kernel \\(\\w+\\), mostly for a disk .* \\(state D\\): SIGTERM has no effect before`;
    const { json } = await fixture.why();
    assert.match(json.notes[1], new RegExp(`^python3 \\(pid ${pid}\\) ${waits}`));
    const first = await fixture.free('--grace', '300ms');
    assert.deepEqual([first.code, first.json.steps[0].outcome], [1, 'running'], first.json.message);
    assert.match(first.json.message, new RegExp(`: it ${waits}`));
    const kill = fixture.stage.command('free', String(fixture.port), '--signal', 'KILL');
    assert.deepEqual(commands(first.json), [kill]);
    await fixture.free('--signal', 'KILL', '--include-inheritors');
    await server.ended();
  });

  for (const { what, inner } of frozenKinds)
    it(`is in a frozen cgroup ${what}: the printed command thaws it`, {
      skip: mount === null ? 'there is no cgroup2' : false,
    }, async () => {
      const cgroup = new Cgroup(mount ?? '', 'frozen');
      const own = inner ? `${cgroup.path}/inner` : cgroup.path;
      if (inner) mkdirSync(own);
      try {
        const { child } = await fixture.hold('listen');
        const pid = child.pid ?? 0;
        writeFileSync(`${own}/cgroup.procs`, String(pid));
        await cgroup.freeze();
        const { json } = await fixture.why();
        assert.match(
          json.notes[1],
          /is in the frozen cgroup \/sst-[\d-]+\/frozen: it answers nobody, and SIGTERM ends it only once that is thawed$/,
        );
        assert.doesNotMatch(json.holders[0].why, /its server may be gone/);
        const thaw = `echo 0 > ${cgroup.path}/cgroup.freeze`;
        assert.equal(commands(json)[1], `sudo sh -c '${thaw}'`);
        assert.equal((await run(['sh', '-c', thaw], {})).code, 0);
        await until('it is thawed', async () => (await fixture.why()).json.notes.length === 1);
        await fixture.endPrograms();
      } finally {
        cgroup.thaw();
        await fixture.endPrograms();
        if (inner) await until('it is empty', () => readFileSync(`${own}/cgroup.procs`, 'utf8') === '');
        if (inner) rmdirSync(own);
        await cgroup.remove();
      }
    });
});
