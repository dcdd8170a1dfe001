/** Programs of the user that a client runs: bounded in time and size, and never trusted. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findSupervisor } from '../../../../agent/client/ports/find-supervisor';
import { publishersOf } from '../../../../agent/client/ports/published';
import { runProgram } from '../../../../agent/client/run-program';
import type { ProcessDetail } from '../../../../agent/protocol';

describe('running a program', () => {
  it('resolves with its output', async () =>
    assert.deepEqual(await runProgram('/bin/sh', ['-c', 'echo yes; echo but >&2']), {
      ok: true,
      stdout: 'yes\n',
      errorText: 'but\n',
    }));

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

describe('asking the container runtimes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sockscope-runtimes-'));
  const path = process.env.PATH;
  before(() => {
    process.env.PATH = `${folder}:${path}`;
  });
  after(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  function runtime(name: string, script: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  it('lists a container that both runtimes name once, and tolerates a runtime that hangs', {
    timeout: 15_000,
  }, async () => {
    const id = 'c'.repeat(64);
    runtime('podman', `printf '${id}\\tweb\\t0.0.0.0:8080->80/tcp\\n'`);
    runtime('docker', `printf '${id}\\tweb\\t0.0.0.0:8080->80/tcp\\n'`);
    assert.deepEqual(
      (await publishersOf(8080, 'tcp')).map(({ name }) => name),
      ['web'],
    );
    runtime('docker', 'exec sleep 20');
    assert.deepEqual(
      (await publishersOf(8080, 'tcp')).map(({ runtime }) => runtime),
      ['podman'],
    );
  });

  it('stops a container for a process only if the runtime says that it runs in it', async () => {
    const id = 'd'.repeat(64);
    const summary = { startTime: '1', name: 'node', command: 'node' };
    const process: ProcessDetail = {
      ...summary,
      pid: 4711,
      uid: 1000,
      user: null,
      workingDirectory: null,
      startedAt: '2026-01-01T00:00:00.000Z',
      parents: [
        { ...summary, pid: 4700 },
        { ...summary, pid: 1 },
      ],
      cgroup: `/docker-${id}.scope`,
      container: { runtime: 'docker', id, name: null },
      unit: null,
    };
    const found = () => findSupervisor({ ...process, fd: 3 }, process, () => null);
    for (const pid of [4711, 4700]) {
      runtime('docker', `echo '${pid} always'`);
      assert.equal((await found())?.respawn.kind, 'container', `pid ${pid}`);
    }
    for (const answer of ['4712 always', '0 always', ' always', 'always', '', '4711 no', '4711']) {
      runtime('docker', `echo '${answer}'`);
      assert.equal(await found(), null, answer);
    }
  });
});
