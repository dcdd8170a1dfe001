/** Servers of real process managers: stopped by the manager that started them, or named with the command that stops them. */

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { createPlainUser, type PlainUser } from '../helpers/plain-user';
import { end, type RunOptions, run, start, until, which } from '../helpers/programs';
import { python } from '../helpers/stage';

type Child = ReturnType<typeof start>;

describe('ports of process managers', () => {
  let user: PlainUser;
  let folder: string;
  let port = 7500;
  const started: Child[] = [];
  before(() => {
    user = createPlainUser();
    folder = join(user.home, 'managers');
    mkdirSync(folder);
    chownSync(folder, user.uid, user.gid);
  });
  beforeEach(() => {
    port++;
  });
  afterEach(async () => {
    // They end what they have started.
    for (const child of started.splice(0)) await end(child, 'SIGTERM');
  });
  after(() => user?.remove());

  const asUser = (): RunOptions => ({ user, environment: environment() });
  const asRoot = (): RunOptions => ({ environment: environment() });

  function environment(): Record<string, string> {
    return {
      PATH: `${folder}:${process.env.PATH}`,
      HOME: user.home,
      PM2_HOME: join(folder, 'pm2'),
      PORT: `${port}`,
    };
  }

  function file(name: string, lines: readonly string[], mode = 0o644): string {
    const path = join(folder, name);
    writeFileSync(path, `${lines.join('\n')}\n`);
    chmodSync(path, mode);
    return path;
  }

  const server = () => `${python} -m http.server --bind 127.0.0.1 ${port}`;
  const listens = async () => (await run(['ss', '-Hltn', `sport = :${port}`])).stdout !== '';
  const untilItListens = () => until('it listens', listens);

  async function free(as: RunOptions) {
    const program = [process.execPath, resolve('dist/sockscope.js')];
    const { code, stdout, stderr } = await run([...program, 'free', String(port), '--yes', '--json'], as);
    assert.notEqual(stdout, '', stderr);
    return { code, json: JSON.parse(stdout) };
  }

  async function assertFreed(as: RunOptions, manager: RegExp): Promise<void> {
    const { code, json } = await free(as);
    assert.deepEqual([code, json.freed, json.steps[0].outcome], [0, true, 'stopped'], JSON.stringify(json));
    assert.match(json.steps[0].message, manager);
    assert.equal(await listens(), false);
  }

  /** It is left alone, and the command in the answer frees the port, `as` who runs it. */
  async function assertNamed(message: RegExp, as: RunOptions): Promise<void> {
    const { code, json } = await free(asUser());
    assert.notEqual(code, 0);
    assert.ok(json.next.length > 0);
    const text = [json.message, ...json.steps.map((step: { message: string }) => step.message)].join('\n');
    const command = message.exec(text)?.[1];
    assert.ok(command, text);
    assert.equal(await listens(), true);
    const stopped = await run(['/bin/sh', '-c', command.replace(/^sudo /, '')], as);
    assert.equal(stopped.code, 0, stopped.stderr);
    await until('it is stopped', async () => !(await listens()));
  }

  describe('supervisord', { skip: which('supervisord') ? false : 'supervisord is not installed' }, () => {
    /** With a supervisorctl that finds it, as a system's finds the system's. */
    async function supervise(as: RunOptions, runAs: string): Promise<void> {
      const settings = file('supervisord.conf', [
        `[unix_http_server]\nfile=${folder}/supervisor.sock`,
        `[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${folder}/pid`,
        '[rpcinterface:supervisor]',
        'supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface',
        `[supervisorctl]\nserverurl=unix://${folder}/supervisor.sock`,
        `[program:case]\ncommand=${server()}\nautorestart=true\n${runAs}`,
      ]);
      file('supervisorctl', ['#!/bin/sh', `exec ${which('supervisorctl')} -c ${settings} "$@"`], 0o755);
      started.push(start(['supervisord', '-c', settings], as, { stdio: 'ignore' }));
      await untilItListens();
    }

    it("of the user's stops what it runs", async () => {
      await supervise(asUser(), '');
      await assertFreed(asUser(), /"supervisord" \(pid \d+\) has stopped what it ran/);
    });

    it("of root's stops it for root, and the user reads the command", async () => {
      await supervise(asRoot(), `user=${user.name}`);
      await assertNamed(/stop it by `(sudo supervisorctl stop case:case)`/, asRoot());
      await run(['supervisorctl', 'start', 'case'], asRoot());
      await untilItListens();
      await assertFreed(asRoot(), /"supervisord" \(pid \d+\) has stopped what it ran/);
    });
  });

  describe('pm2', { skip: which('pm2') ? false : 'pm2 is not installed' }, () => {
    async function pm2(...words: string[]): Promise<void> {
      const { code, stdout, stderr } = await run(['pm2', ...words], asUser());
      assert.equal(code, 0, stdout + stderr);
    }
    const app = () =>
      file('app.js', ["require('http').createServer().listen(process.env.PORT, '127.0.0.1');"]);
    after(() => pm2('kill'));

    it('stops one program', async () => {
      await pm2('start', app(), '--name', 'forked');
      await untilItListens();
      await assertFreed(asUser(), /"pm2" \(pid \d+\) has stopped what it ran/);
    });

    it('holds the port of a cluster itself: the user reads the command', async () => {
      await pm2('start', app(), '--name', 'clustered', '-i', '2');
      await untilItListens();
      await assertNamed(/stop it by `(pm2 stop clustered)`/, asUser());
    });
  });

  describe('runit', { skip: which('runsv') ? false : 'runit is not installed' }, () => {
    async function supervise(as: RunOptions, prefix: string): Promise<void> {
      mkdirSync(join(folder, `service-${port}`));
      file(`service-${port}/run`, ['#!/bin/sh', `exec ${prefix}${server()}`], 0o755);
      if (as.user) chownSync(join(folder, `service-${port}`), user.uid, user.gid);
      started.push(start(['runsv', join(folder, `service-${port}`)], as, { stdio: 'ignore' }));
      await untilItListens();
    }

    it("of the user's stops its service", async () => {
      await supervise(asUser(), '');
      await assertFreed(asUser(), /"runsv" \(pid \d+\) has stopped what it ran/);
    });

    it("of root's stops it for root, and the user reads the command", async () => {
      await supervise(asRoot(), `chpst -u ${user.name} `);
      await assertNamed(/stop it by `(sudo sv stop \S+)`/, asRoot());
      await run(['sv', 'start', join(folder, `service-${port}`)], asRoot());
      await untilItListens();
      await assertFreed(asRoot(), /"runsv" \(pid \d+\) has stopped what it ran/);
    });
  });
});
