/** Programs of the user that a client runs: bounded in time and size, and never trusted. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findSupervisor } from '../../../../agent/client/ports/find-supervisor';
import { publishersOf } from '../../../../agent/client/ports/published';
import { runProgram } from '../../../../agent/client/run-program';
import { ownUid } from '../../../../agent/client/served-uid';
import type { ProcessDetail, ProcessSummary } from '../../../../agent/protocol';
import { scriptsOnPath } from '../../../helpers/scripts-on-path';

describe('running a program', () => {
  it('resolves with its output', async () =>
    assert.deepEqual(await runProgram('/bin/sh', ['-c', 'echo yes; echo but >&2']), {
      ok: true,
      stdout: 'yes\n',
      errorText: 'but\n',
    }));

  it('has no settings of others where root runs it', {
    skip: ownUid() === 0 ? false : 'needs root',
  }, async () => {
    const [before, folder] = [process.cwd(), mkdtempSync(join(tmpdir(), 'folder-'))];
    const place = async () => (await runProgram('/bin/pwd', [])).stdout.trim();
    try {
      process.chdir(folder);
      assert.equal(await place(), folder);
      chownSync(folder, 65_533, 65_533);
      assert.equal(await place(), '/');
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves no timer that this process waits for', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await runProgram('true', []);
    assert.equal(timers(), before);
  });

  it('has nothing of one that fails, but its error text', async () =>
    assert.deepEqual(await runProgram('/bin/sh', ['-c', 'echo yes; echo but >&2; exit 4']), {
      ok: false,
      stdout: '',
      errorText: 'but\n',
    }));

  it('reports that the program does not exist', async () => {
    const { ok, errorText } = await runProgram('/nowhere/program', []);
    assert.equal(ok, false);
    assert.match(errorText, /ENOENT/);
  });

  it('ends a program that takes too long, even if a child of it holds the pipe', {
    timeout: 15_000,
  }, async () => {
    const { ok } = await runProgram('/bin/sh', ['-c', 'sleep 20 & exec sleep 20'], 100);
    assert.equal(ok, false);
  });

  it('ends a program that prints without end', async () =>
    assert.deepEqual(await runProgram('/bin/sh', ['-c', 'yes'], 15_000), {
      ok: false,
      stdout: '',
      errorText: '',
    }));
});

function detailOf(pid: number, parents: readonly ProcessSummary[]): ProcessDetail {
  return {
    pid,
    startTime: '1',
    name: 'node',
    command: 'node',
    uid: 1000,
    user: null,
    workingDirectory: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    parents,
    cgroup: null,
    container: null,
    unit: null,
  };
}

describe('asking container runtimes and process managers', () => {
  const { write: runtime } = scriptsOnPath();

  it('lists a container that both runtimes name once, and tolerates a runtime that hangs', {
    timeout: 15_000,
  }, async () => {
    const id = 'c'.repeat(64);
    runtime('podman', `printf '${id}\\tweb\\t0.0.0.0:8080->80/tcp\\n'`);
    runtime('docker', `printf '${id}\\tweb\\t0.0.0.0:8080->80/tcp\\n'`);
    assert.deepEqual(
      (await publishersOf({ port: 8080, protocol: 'tcp' })).map(({ name }) => name),
      ['web'],
    );
    runtime('docker', 'exec sleep 20');
    assert.deepEqual(
      (await publishersOf({ port: 8080, protocol: 'tcp' })).map(({ runtime }) => runtime),
      ['podman'],
    );
  });

  it('stops a program of pm2 or supervisord only if that runs the process by the name that it has', async () => {
    const environment = { SUPERVISOR_GROUP_NAME: 'web', SUPERVISOR_PROCESS_NAME: 'web_00' };
    const child = spawn('/bin/sleep', ['600'], { env: environment });
    const { pid = 0 } = child;
    const manager = { pid: 4700, startTime: '1', name: 'manager', uid: ownUid() };
    const stopOf = async (command: string, more: Partial<ProcessSummary> = {}) => {
      const detail = { ...detailOf(pid, [{ ...manager, command, ...more }]), uid: ownUid() };
      return (await findSupervisor({ ...detail, fd: 3 }, detail, () => null))?.stop;
    };
    const asked = (...command: [string, ...string[]]) => ({
      by: 'program',
      command,
      rootOnly: false,
      livesOn: true,
    });
    try {
      const byPm2 = (more = {}) => stopOf('PM2 v7.0.4: God Daemon (/home/ann/.pm2)', more);
      for (const [of, stop] of [
        [pid, asked('pm2', 'stop', '3')],
        [4700, asked('pm2', 'stop', '3')],
        [4712, null],
      ] as const) {
        runtime(
          'pm2',
          `echo '>>>> out of date'; echo '[{"pid":1,"pm_id":0},{"pid":${of},"pm_id":3,"name":"x"}]'`,
        );
        assert.deepEqual(await byPm2(), stop, `pid ${of}`);
        assert.equal(await byPm2({ uid: ownUid() + 1 }), null, "another user's");
      }
      for (const answer of [
        '',
        '[]',
        '{}',
        '[null, 1]',
        `[{"pid":${pid},"pm_id":"; rm"}]`,
        '[{"pid":0,"pm_id":1}]',
      ]) {
        runtime('pm2', `echo '${answer}'`);
        assert.equal(await byPm2(), null, answer);
      }
      const clusters = async (uid = ownUid()) => {
        const daemon = { ...detailOf(4700, []), command: 'PM2 v7.0.4: God Daemon (/home/ann/.pm2)', uid };
        const found = await findSupervisor({ ...daemon, fd: 3 }, daemon, () => null);
        assert.equal(found?.stop, null, 'it is never ended itself');
        return found?.byHand;
      };
      const program = (id: number, name: string, exec_mode: string) => ({
        pid: 4710 + id,
        pm_id: id,
        name,
        pm2_env: { exec_mode },
      });
      const [forked, ...workers] = [
        program(0, 'worker', 'fork_mode'),
        program(1, 'web', 'cluster_mode'),
        program(2, 'web', 'cluster_mode'),
        program(3, 'my api', 'cluster_mode'),
      ];
      for (const [programs, byHand] of [
        [[forked], []],
        [[forked, ...workers.slice(0, 2)], ['pm2 stop web']],
        [workers, ['pm2 stop web', "pm2 stop 'my api'"]],
      ] as const) {
        runtime('pm2', `echo '${JSON.stringify(programs).replaceAll("'", "'\\''")}'`);
        assert.deepEqual(await clusters(), byHand);
        assert.equal(await clusters(ownUid() + 1), undefined, "another user's");
      }
      const bySupervisord = () => stopOf('/usr/bin/python3 /usr/bin/supervisord -n');
      runtime('supervisorctl', `[ "$*" = 'pid web:web_00' ] && echo ${pid}`);
      assert.deepEqual(await bySupervisord(), asked('supervisorctl', 'stop', 'web:web_00'));
      const bySupervisor = { pid: 4699, uid: ownUid() + 1 };
      runtime('supervisorctl', 'echo 4699');
      assert.equal(await stopOf('/usr/bin/supervisord', bySupervisor), null, 'a pid of another user');
      for (const script of ['echo 4712', 'echo 0', 'echo', 'echo none', 'exit 1']) {
        runtime('supervisorctl', script);
        assert.equal(await bySupervisord(), null, script);
      }
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('stops a container for a process only if the runtime says that it runs in it', async () => {
    const id = 'd'.repeat(64);
    const summary = { startTime: '1', name: 'node', command: 'node', uid: 1000 };
    const process: ProcessDetail = {
      ...detailOf(4711, [
        { ...summary, pid: 4700 },
        { ...summary, pid: 1 },
      ]),
      cgroup: `/docker-${id}.scope`,
      container: { runtime: 'docker', id, name: null },
    };
    const found = () => findSupervisor({ ...process, fd: 3 }, process, () => null);
    for (const pid of [4711, 4700]) {
      runtime('docker', `echo '${pid} always /web'`);
      assert.deepEqual(
        (await found())?.respawn,
        { kind: 'container', name: 'web', runtime: 'docker', process: null },
        `${pid}`,
      );
    }
    for (const answer of ['4712 always', '0 always', ' always', 'always', '', '4711 no', '4711']) {
      runtime('docker', `echo '${answer}'`);
      assert.equal(await found(), null, answer);
    }
  });
});
