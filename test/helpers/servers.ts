/** Widely used servers as victims, all of them run as a plain user. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { run, which } from './programs';
import type { Site } from './site';
import { python } from './stage';
import { copyVite } from './vite';

export interface Server {
  readonly name: string;
  /** Its program; undefined where it is not installed. */
  readonly path: string | undefined;
  /** The first bytes of its client, and the start of the answer. */
  readonly request: string;
  readonly answer: RegExp;
  /** Prepares the site, and returns the command. The server serves at least IPv4. */
  command(path: string, site: Site): string[] | Promise<string[]>;
  /** False: it listens, but refuses clients. Without it, a listening server is ready. */
  isReady?(site: Site): boolean;
}

/** Without a body, so that the answer comes in one piece. */
export const http = {
  request: 'HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  answer: /^HTTP\/1\.1 \d\d\d /,
};

/** A session of user `me`: StartupMessage of protocol 3.0, answered by AuthenticationOk. */
const postgresStart = '\0\0\0\x23\0\x03\0\0user\0me\0database\0postgres\0\0';

/** Without a keep-alive limit: its clients may be idle for longer than Node's five seconds. */
export function nodeSource(port: number): string {
  const options = '{ keepAliveTimeout: 0 }';
  return `require('node:http').createServer(${options}, (_, answer) => answer.end('hello')).listen(${port})`;
}

export const node: Server = {
  name: 'Node http',
  path: process.execPath,
  ...http,
  command: (path, { port }) => [path, '-e', nodeSource(port)],
};

export const vite: Server = {
  name: 'Vite dev server',
  path: existsSync(resolve('node_modules', 'vite')) ? process.execPath : undefined,
  // The page's connection for hot updates: a WebSocket.
  request: [
    'GET / HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: vite-hmr',
    '\r\n',
  ].join('\r\n'),
  answer: /^HTTP\/1\.1 101 /,
  command: (path, { port, folder, shared }) => {
    writeFileSync(join(folder, 'index.html'), '<script type="module" src="/main.js"></script>');
    writeFileSync(join(folder, 'main.js'), 'document.title = "hello";');
    return [path, copyVite(shared), folder, '--host=127.0.0.1', `--port=${port}`, '--strictPort'];
  },
};

export const pythonHttp: Server = {
  name: 'Python http.server',
  path: python,
  ...http,
  command: (path, { port, folder }) => [
    path,
    '-m',
    'http.server',
    '--bind=127.0.0.1',
    '--protocol=HTTP/1.1',
    `--directory=${folder}`,
    `${port}`,
  ],
};

export const pythonWithoutReuse: Server = {
  name: 'Python http.server without SO_REUSEADDR',
  path: python,
  ...http,
  command: (path, { port }) => [
    path,
    '-c',
    `import http.server as h
h.ThreadingHTTPServer.allow_reuse_address = False
h.SimpleHTTPRequestHandler.protocol_version = 'HTTP/1.1'
h.ThreadingHTTPServer(('', ${port}), h.SimpleHTTPRequestHandler).serve_forever()`,
  ],
};

export const redis: Server = {
  name: 'Redis',
  path: which('redis-server'),
  request: 'PING\r\n',
  answer: /^\+PONG/,
  command: (path, { port, folder }) => [
    path,
    ...['--port', `${port}`],
    ...['--bind', '127.0.0.1', '::1'],
    ...['--dir', folder],
    ...['--save', ''],
  ],
};

export const nginx: Server = {
  name: 'nginx',
  path: which('nginx'),
  ...http,
  command: (path, { port, folder }) => {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((what) => `${what}_temp_path ${folder};`)
      .join(' ');
    const server = `server { listen ${port}; location / { return 200 hello; } }`;
    writeFileSync(
      join(folder, 'nginx.conf'),
      `pid ${folder}/pid; error_log ${folder}/log; events {} http { access_log off; ${temporary} ${server} }`,
    );
    return [path, '-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'];
  },
};

export const postgres: Server = {
  name: 'PostgreSQL',
  path: which('initdb', ...postgresFolders()),
  request: postgresStart,
  answer: /^R/,
  command: async (path, { port, folder, user }) => {
    const data = join(folder, 'data');
    const settings = ['--auth=trust', '--username=me', '--no-sync', '--locale=C', '--encoding=UTF8'];
    const made = await run([path, ...settings, data], { user });
    assert.equal(made.code, 0, made.stderr);
    const options = [`unix_socket_directories=${folder}`, 'listen_addresses=127.0.0.1,::1', 'fsync=off'];
    const server = join(path, '..', 'postgres');
    return [server, '-D', data, '-p', `${port}`, ...options.flatMap((option) => ['-c', option])];
  },
  isReady: ({ folder }) => {
    const status = join(folder, 'data', 'postmaster.pid');
    return existsSync(status) && /^ready/m.test(readFileSync(status, 'utf8'));
  },
};

/** Debian's folders, one for each version, which are not on PATH. */
function postgresFolders(): string[] {
  const folder = '/usr/lib/postgresql';
  return existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version, 'bin')) : [];
}

export const go: Server = {
  name: 'Go net/http',
  path: which('go'),
  ...http,
  command: async (path, { port, folder }) => {
    const binary = join(folder, 'server');
    copyFileSync(await goServer(path), binary);
    return [binary, `${port}`];
  },
};

const goSource = `package main

import (
	"net/http"
	"os"
)

func main() {
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) })
	panic(http.ListenAndServe(":"+os.Args[1], hello))
}
`;

let goServerBuilt: Promise<string> | undefined;

/** Its first build compiles the standard library, so the cache stays. */
function goServer(compiler: string): Promise<string> {
  goServerBuilt ??= buildGoServer(compiler);
  return goServerBuilt;
}

async function buildGoServer(compiler: string): Promise<string> {
  const folder = resolve('build', 'go');
  mkdirSync(folder, { recursive: true });
  const [source, binary] = [join(folder, 'server.go'), join(folder, 'server')];
  writeFileSync(source, goSource);
  const environment = { ...process.env, CGO_ENABLED: '0', GOCACHE: join(folder, 'cache'), GOPATH: folder };
  await promisify(execFile)(compiler, ['build', '-o', binary, source], { env: environment });
  return binary;
}
