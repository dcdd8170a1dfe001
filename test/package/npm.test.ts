/** The npm package in a project of others: installed without a network, and without a compiler. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeFolder, pathOf, sysrootOf, tarball, version } from './packages';

let temporary: ReturnType<typeof makeFolder>;
let server: Server;
let port: number;
let environment: NodeJS.ProcessEnv;
before(async () => {
  temporary = makeFolder();
  environment = {
    HOME: temporary.path,
    PATH: pathOf(join(temporary.path, 'path'), ['node', 'npm', 'sh', 'env']),
    npm_config_cache: join(temporary.path, 'cache'),
    npm_config_offline: 'true',
  };
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
after(() => {
  server.close();
  temporary.remove();
});

function run(command: string, args: readonly string[], cwd = temporary.path): string {
  return execFileSync(command, args, { cwd, env: environment, encoding: 'utf8' });
}

/** The listening socket of this test, which the list must have with its owner. */
function expectOwnServer(list: string): void {
  const { sockets } = JSON.parse(list);
  assert.equal(sockets.length, 1);
  assert.equal(sockets[0].owners[0].pid, process.pid);
}

describe('the npm package, installed for everybody', () => {
  let command: string;
  before(() => {
    run('npm', ['install', '--global', '--prefix', join(temporary.path, 'prefix'), tarball]);
    command = join(temporary.path, 'prefix', 'bin', 'sockscope');
  });

  it('comes alone', () => {
    const folder = join(temporary.path, 'prefix', 'lib', 'node_modules');
    assert.deepEqual(readdirSync(folder), ['sockscope']);
    assert.ok(!readdirSync(join(folder, 'sockscope')).includes('node_modules'));
  });

  it('has a command that says its version', () =>
    assert.match(run(command, ['--version']), new RegExp(`\\b${version}\\b`)));

  it('has the manual page where man looks for it', () => {
    const page = join(temporary.path, 'prefix', 'share', 'man', 'man1', 'sockscope.1');
    assert.match(readFileSync(page, 'utf8'), /^\.TH SOCKSCOPE 1 /);
  });

  it('lists sockets with their owners', () => expectOwnServer(run(command, ['list', '--json', `:${port}`])));

  it('runs with the C and C++ libraries of Debian 11', { skip: process.arch !== 'x64' && 'for x64' }, () => {
    const root = sysrootOf('amd64');
    const libraries = ['lib', 'usr/lib'].map((folder) => join(root, folder, 'x86_64-linux-gnu'));
    const loader = join(root, 'lib', 'x86_64-linux-gnu', 'ld-2.31.so');
    const program = join(
      temporary.path,
      'prefix',
      'lib',
      'node_modules',
      'sockscope',
      'dist',
      'sockscope.js',
    );
    const start = ['--library-path', libraries.join(':'), process.execPath];
    const print = 'console.log(process.report.getReport().header.glibcVersionRuntime)';
    assert.equal(run(loader, [...start, '-e', print]).trim(), '2.31');
    expectOwnServer(run(loader, [...start, program, 'list', '--json', `:${port}`]));
  });
});

describe('the npm package, installed in a project', () => {
  let project: string;
  before(() => {
    project = join(temporary.path, 'project');
    mkdirSync(project);
    run('npm', ['install', '--no-package-lock', tarball], project);
  });

  it('has the library for require and for import', () => {
    const names = 'console.log(typeof library.connect, typeof library.NoAgentError)';
    for (const script of [
      `const library = require('sockscope/client'); ${names}`,
      `import('sockscope/client').then((library) => ${names})`,
    ])
      assert.equal(run('node', ['-e', script], project).trim(), 'function function');
  });

  it('has the command', () =>
    assert.match(run(join(project, 'node_modules', '.bin', 'sockscope'), ['--version']), /\d/));
});
