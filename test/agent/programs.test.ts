/** Programs that people run, as victims: one connection is destroyed, the server lives on and serves the next one. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { end, run, start, until, which } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';

interface Program {
  readonly name: string;
  /** Its program; undefined where it is not installed. */
  readonly path: string | undefined;
  /** What its client says first, and how the answer starts. */
  readonly request: string;
  readonly answer: RegExp;
  /** Prepares `folder`, which is the user's, and tells how to start it. */
  command(path: string, folder: string, port: number): string[] | Promise<string[]>;
}

/** Without a body, so that the answer comes in one piece. */
const http = {
  request: 'HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  answer: /^HTTP\/1\.1 \d\d\d /,
};

/** A session of user `me`: StartupMessage of protocol 3.0, answered by AuthenticationOk. */
const postgresStart = '\0\0\0\x23\0\x03\0\0user\0me\0database\0postgres\0\0';

const programs: readonly Program[] = [
  {
    name: 'Node http',
    path: process.execPath,
    ...http,
    command: (path, _, port) => [
      path,
      '-e',
      `require('node:http').createServer((_, answer) => answer.end('hello')).listen(${port}, '127.0.0.1')`,
    ],
  },
  {
    name: 'Python http.server',
    path: python,
    ...http,
    command: (path, folder, port) => [
      path,
      '-m',
      'http.server',
      '--bind=127.0.0.1',
      '--protocol=HTTP/1.1',
      `--directory=${folder}`,
      `${port}`,
    ],
  },
  {
    name: 'Redis',
    path: which('redis-server'),
    request: 'PING\r\n',
    answer: /^\+PONG/,
    command: (path, folder, port) => [
      path,
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
    ],
  },
  {
    name: 'nginx',
    path: which('nginx'),
    ...http,
    command: (path, folder, port) => {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((what) => `${what}_temp_path ${folder};`)
        .join(' ');
      const server = `server { listen 127.0.0.1:${port}; location / { return 200 hello; } }`;
      writeFileSync(
        join(folder, 'nginx.conf'),
        `pid ${folder}/pid; error_log ${folder}/log; events {} http { access_log off; ${temporary} ${server} }`,
      );
      return [path, '-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'];
    },
  },
  {
    name: 'PostgreSQL',
    path: which('initdb', ...versions('/usr/lib/postgresql')),
    request: postgresStart,
    answer: /^R/,
    command: async (path, folder, port) => {
      const data = join(folder, 'data');
      const made = await runAsUser([path, '--auth=trust', '--username=me', '--no-sync', data]);
      assert.equal(made.code, 0, made.stderr);
      const settings = [`unix_socket_directories=${folder}`, 'listen_addresses=127.0.0.1', 'fsync=off'];
      const postgres = join(path, '..', 'postgres');
      return [postgres, '-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])];
    },
  },
  {
    name: 'Go net/http',
    path: which('go'),
    ...http,
    command: async (path, folder, port) => {
      const source = join(folder, 'main.go');
      const handler =
        'http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) })';
      writeFileSync(
        source,
        `package main\nimport "net/http"\nfunc main() { panic(http.ListenAndServe("127.0.0.1:${port}", ${handler})) }\n`,
      );
      const binary = join(folder, 'server');
      const built = await runAsUser([path, 'build', '-o', binary, source], { GOCACHE: folder, HOME: folder });
      assert.equal(built.code, 0, built.stderr);
      return [binary];
    },
  },
];

let runAsUser: (command: string[], environment?: Record<string, string>) => ReturnType<typeof run>;

describe('real programs', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Puppet;
  before(async () => {
    stage = new Stage();
    await stage.agent();
    client = await stage.puppet();
    runAsUser = (command, environment) => run(command, { user: stage.user, netns: stage.netns, environment });
  });
  after(() => stage?.close());

  for (const [index, { name, path, request, answer, command }] of programs.entries())
    test(name, { skip: path ? false : 'it is not installed' }, async () => {
      const port = 18_000 + index;
      const folder = join(stage.user.home, `${port}`);
      assert.equal((await runAsUser(['mkdir', folder])).code, 0);
      const server = await startServer(await command(path ?? '', folder, port));
      const connect = async (connection: string) => {
        await client.connect(connection, { family: 'ipv4', to: ['127.0.0.1', port] });
        await client.send(connection, request);
        assert.match((await client.receive(connection)).text, answer);
      };
      await until(`port ${port} is open`, () => isOpen(port));
      for (const connection of ['victim', 'bystander']) await connect(connection);

      const { local } = await client.info('victim');
      const words = ['destroy', `:${port}`, `remote:${local[1]}`, '--yes', '--json'];
      const { code, json, stderr } = await stage.sockscope(words);
      assert.deepEqual([code, json?.results.length, json?.results[0].outcome], [0, 1, 'destroyed'], stderr);
      assert.equal(await lastErrno('victim'), 'ECONNRESET');

      assert.equal(server.exitCode ?? server.signalCode, null, 'the server lives on');
      await connect('after');
      if (request === http.request) {
        await client.send('bystander', request);
        assert.match((await client.receive('bystander')).text, answer);
      } else assert.equal(await client.errnoOf('send', 'bystander'), null);
      await end(server, 'SIGINT');
    });

  async function startServer([program = '', ...args]: string[]): Promise<ChildProcess> {
    const server = start([program, ...args], { user: stage.user, netns: stage.netns }, { stdio: 'ignore' });
    stage.onClose(() => end(server, 'SIGINT'));
    return server;
  }

  async function isOpen(port: number): Promise<boolean> {
    const { json } = await stage.sockscope(['list', `:${port}`, 'state:listen', '--json']);
    return json.sockets.length > 0;
  }

  /** What is left to read comes before the error. */
  async function lastErrno(name: string): Promise<string | null> {
    for (;;) {
      const errno = await client.errnoOf('receive', name);
      if (errno) return errno;
    }
  }
});

/** Debian's folders of PostgreSQL's versions. */
function versions(folder: string): string[] {
  try {
    return readdirSync(folder).map((version) => join(folder, version, 'bin'));
  } catch {
    return [];
  }
}
