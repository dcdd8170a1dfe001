/** Supervisors that would start a process again, identified by real command lines. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loops } from '../../../../../agent/client/ports/shell-loops';
import {
  isRestartedBy,
  mainProcessOf,
  managerOf,
  parseUnit,
  recognise,
  rootsOf,
  supervisorAmong,
} from '../../../../../agent/client/ports/supervisors';
import type { ProcessDetail } from '../../../../../agent/protocol';
import { owner } from '../../../../helpers/sockets';

const parents = (...commands: string[]) =>
  commands.map((command, index) => ({ pid: 100 + index, startTime: '1', name: 'x', command, uid: 1000 }));

describe('supervisors', () => {
  const known: readonly [command: string, name: string][] = [
    ['node /app/node_modules/.bin/nodemon server.js', 'nodemon'],
    ['/usr/bin/node /app/node_modules/nodemon/bin/nodemon.js server.js', 'nodemon'],
    ['node --watch server.js', 'node --watch'],
    ['/usr/bin/node --watch-path=src --inspect server.js', 'node --watch'],
    ['node /app/node_modules/.bin/tsx watch src/index.ts', 'tsx watch'],
    ['/usr/bin/node /app/node_modules/tsx/dist/cli.mjs watch src/index.ts', 'tsx watch'],
    ['node /app/node_modules/.bin/ts-node-dev --respawn src/index.ts', 'ts-node-dev'],
    ['node /app/node_modules/ts-node-dev/lib/bin.js src/index.ts', 'ts-node-dev'],
    ['cargo watch -x run', 'cargo watch'],
    ['/home/ann/.cargo/bin/cargo-watch watch -x run', 'cargo-watch'],
    ['watchexec -r ./server', 'watchexec'],
    ['air', 'air'],
    ['reflex -s -- go run .', 'reflex'],
    ['entr -r node server.js', 'entr'],
    ['/usr/bin/python3 /usr/bin/uvicorn app:app --reload', 'uvicorn --reload'],
    ['python3 -m uvicorn app:app --reload', 'uvicorn --reload'],
    ['/usr/bin/python3 /app/venv/bin/flask run --debug', 'flask'],
    ['python manage.py runserver', 'manage.py runserver'],
    ['/usr/bin/python3 /usr/bin/gunicorn -w 4 app:app', 'gunicorn'],
    ['gunicorn: master [app:app]', 'gunicorn'],
    ['PM2 v5.3.0: God Daemon (/home/ann/.pm2)', 'pm2'],
    ['/usr/bin/node /usr/lib/node_modules/forever/bin/monitor server.js', 'forever'],
    ['node /usr/local/bin/forever server.js', 'forever'],
    ['node /app/node_modules/.bin/supervisor -- server.js', 'supervisor'],
    ['/usr/bin/node /app/node_modules/supervisor/lib/cli-wrapper.js server.js', 'supervisor'],
    ['node /app/node_modules/.bin/pm2 start --no-daemon server.js', 'pm2'],
    ['node /app/node_modules/.bin/pm2-runtime server.js', 'pm2'],
    ['node /app/node_modules/.bin/concurrently --restart-tries -1 node server.js', 'concurrently'],
    ['runsv web', 'runsv'],
    ['s6-supervise web', 's6-supervise'],
    ['supervise web', 'supervise'],
    ['/usr/bin/python3 /usr/bin/supervisord -n', 'supervisord'],
    ['foreman: master', 'foreman'],
    ['ruby /usr/bin/foreman start', 'foreman'],
    ['overmind start', 'overmind'],
  ];
  for (const [command, name] of known)
    it(`knows ${command}`, () => assert.equal(recognise(command)?.name, name));

  const unknown = [
    '',
    'node server.js',
    'node server.js --watch',
    'node /app/node_modules/.bin/tsx src/index.ts',
    'npm run dev',
    'sh -c nodemon server.js',
    'vim nodemon.js',
    'uvicorn app:app',
    'cargo run',
    'node /app/node_modules/.bin/pm2 logs',
    'node /app/node_modules/.bin/concurrently node server.js',
    'bash',
    'python3 -m http.server 3000',
    'toString',
  ];
  for (const command of unknown)
    it(`finds no supervisor in "${command}"`, () => assert.equal(recognise(command), null));

  it('finds one above npm and a shell', () => {
    const found = supervisorAmong(parents('sh -c node server.js', 'npm run dev', 'node /x/nodemon', 'bash'));
    assert.deepEqual([found?.name, found?.process.pid], ['nodemon', 102]);
  });

  for (const shell of ['-bash', '/usr/bin/zsh -i', 'bash --init-file /x/shellIntegration-bash.sh', 'fish'])
    it(`stops at the command that was typed in ${shell}`, () =>
      assert.equal(supervisorAmong(parents('npm start', shell, 'node /x/nodemon')), null));
});

describe('loops of shells', () => {
  for (const [text, command] of [
    ['while true; do node server.js; sleep 4; done', 'node server.js'],
    [
      '#!/bin/sh\nuntil node ./src/server.js --port 3000\ndo\n  sleep 5\ndone\n',
      '/usr/bin/node ./src/server.js --port 3000',
    ],
    ['while :; do npm start || sleep 1; done', 'npm start'],
    ['while true; do "$@"; done', 'node server.js'],
    ['while true; do python3 -m http.server 3000; done', 'python3 -m http.server 3000'],
  ] as const)
    it(`start ${command} again: ${JSON.stringify(text)}`, () => assert.ok(loops(text, command)));

  for (const [text, command] of [
    ['until nc -z localhost 5432; do sleep 1; done; exec node server.js', 'node server.js'],
    ['until node wait-for-db.js; do sleep 1; done\nnode server.js', 'node server.js'],
    ['# while true; do node server.js; done\nnode server.js', 'node server.js'],
    ['node server.js', 'node server.js'],
  ] as const)
    it(`do not: ${JSON.stringify(text)}`, () => assert.ok(!loops(text, command)));

  it('are found in no time in a script with thousands of beginnings and no end', () => {
    assert.ok(!loops('while do node '.repeat(4600), 'node server.js'));
  });
});

describe('units', () => {
  const process = (pid: number, ...commands: string[]): ProcessDetail => ({
    pid,
    startTime: '1',
    name: 'node',
    command: 'node server.js',
    uid: 1000,
    user: null,
    workingDirectory: null,
    startedAt: '',
    parents: parents(...commands),
    cgroup: null,
    container: null,
    unit: 'web.service',
  });
  const unit = (restart: string, mainPid: number) => parseUnit(`Restart=${restart}\nMainPID=${mainPid}\n`);
  const restarts = (state: ReturnType<typeof parseUnit>, detail: ProcessDetail) =>
    state !== null && isRestartedBy(state, detail);

  it('counts the main process of the unit', () => assert.ok(restarts(unit('always', 42), process(42))));
  it('counts a process that npm runs for the unit', () =>
    assert.ok(restarts(unit('on-failure', 101), process(42, 'sh -c node server.js', 'npm start'))));
  it('does not count a terminal of a server that the unit runs', () =>
    assert.ok(!restarts(unit('always', 101), process(42, '/bin/bash', 'node /x/out/server-main.js'))));
  it('does not count if systemd restarts nothing', () => assert.ok(!restarts(unit('no', 42), process(42))));
  it('names what systemd itself has started where it cannot be asked', () => {
    const below = (...names: string[]) => {
      const detail = process(42, ...names.map(() => 'sh -c node server.js'));
      return mainProcessOf({
        ...detail,
        parents: detail.parents.map((parent, at) => ({ ...parent, name: names[at] ?? '' })),
      })?.pid;
    };
    assert.deepEqual(
      [below('systemd'), below('sh', 'systemd', 'systemd'), below('sh')],
      [42, 100, undefined],
    );
    const { parents, ...rest } = process(42, 'node /x/out/server-main.js', '/lib/systemd/systemd --user');
    const shell = parents.map((parent, at) => ({ ...parent, name: at === 0 ? 'node' : 'systemd' }));
    assert.equal(mainProcessOf({ ...rest, parents: shell }), null);
  });
  it('ignores other output', () => assert.equal(parseUnit('Unit web.service not found'), null));

  it("distinguishes the system's systemd from a user's", () => {
    assert.equal(managerOf({ cgroup: '/system.slice/web.service', unit: 'web.service' }), 'system');
    const cgroup = '/user.slice/user-1000.slice/user@1000.service/app.slice/web.service';
    assert.equal(managerOf({ cgroup, unit: 'web.service' }), 1000);
    assert.equal(managerOf({ cgroup: '/user.slice/session-3.scope', unit: 'session-3.scope' }), null);
    assert.equal(managerOf({ cgroup: null, unit: null }), null);
  });
});

describe('the roots among several owners', () => {
  const [master, worker, other] = [owner('nginx', 1), owner('nginx', 2), owner('nginx', 3)];
  it('are the processes that none of the others started', () => {
    const parentsOf = (pid: number) => (pid === 2 ? [{ pid: 1, startTime: '1' }] : []);
    assert.deepEqual(rootsOf([master, worker, worker, other], parentsOf), [master, other]);
  });
  it('are compared by start time as well, because pids are used again', () => {
    const parentsOf = (pid: number) => (pid === 2 ? [{ pid: 1, startTime: '0' }] : []);
    assert.deepEqual(rootsOf([master, worker], parentsOf), [master, worker]);
  });
});
