/** Widely used clients to be drilled, each with its own server in its own network namespace. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chownSync, cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Verdict } from '../../../agent/protocol';
import type { Netns } from '../netns';
import { copyPackages } from '../packages';
import { end, endOf, run, start, until } from '../programs';
import { postgres, redis, type Server } from '../servers';
import { python, type Stage } from '../stage';

export interface ClientProgram {
  readonly name: string;
  /** The server that it connects to; its path is undefined if it is not installed. */
  readonly server: Pick<Server, 'path' | 'command'>;
  /** The command without the port, which is its last argument; undefined if it is not installed. The folder has the programs. */
  command(folder: string): string[] | undefined | Promise<string[] | undefined>;
  /** As in its documentation or source. */
  readonly backoff: string;
  /** It ends when its connection is lost, and its parent starts it again. */
  readonly crashes?: boolean;
}

const ownServer = (file: string): ClientProgram['server'] => ({
  path: process.execPath,
  command: (path, { shared, port }) => [path, join(shared, file), `${port}`],
});

const node = (file: string) => (folder: string) => [process.execPath, join(folder, file)];

export const clients: readonly ClientProgram[] = [
  {
    name: 'ioredis 6',
    server: redis,
    command: node('ioredis.mjs'),
    backoff: 'exponential, 50 ms to 5 s, plus up to 200 ms',
  },
  {
    name: 'node-redis 6',
    server: redis,
    command: node('node-redis.mjs'),
    backoff: 'exponential, 50 ms to 2 s, plus up to 200 ms',
  },
  {
    name: 'pg Pool 8',
    server: postgres,
    command: node('pg-pool.mjs'),
    backoff: 'none: the next query connects (here every 200 ms)',
  },
  {
    name: 'ws 8, reconnecting',
    server: ownServer('ws-server.mjs'),
    command: node('ws.mjs'),
    backoff: "none of its own; this program's: exponential, 100 ms to 2 s",
  },
  {
    name: 'fetch (undici)',
    server: ownServer('http-server.mjs'),
    command: node('fetch.mjs'),
    backoff: 'none: the next request connects (here every 200 ms)',
  },
  {
    name: 'redis-py 4',
    server: redis,
    command: async (folder) => {
      const interpreter = await pythonWithRedis();
      return interpreter === undefined ? undefined : [interpreter, join(folder, 'redis-py.py')];
    },
    backoff: 'none: the next command connects (here every 200 ms)',
  },
  {
    name: 'Go net/http',
    server: ownServer('http-server.mjs'),
    command: async (folder) => {
      const binary = await buildGoClient();
      if (binary === undefined) return undefined;
      cpSync(binary, join(folder, 'http-client'));
      return [join(folder, 'http-client')];
    },
    backoff: 'none: the next request connects (here every 200 ms)',
  },
  {
    name: 'Node, crashes',
    server: ownServer('http-server.mjs'),
    command: (folder) => [
      '/bin/sh',
      '-c',
      'while true; do "$@" 2>/dev/null; done',
      'sh',
      ...node('crashes.mjs')(folder),
    ],
    backoff: 'none: it ends, and is started again at once',
    crashes: true,
  },
];

/** Clients that do not come back by themselves, with the verdict on each. */
export const quitters: readonly (Omit<ClientProgram, 'backoff'> & {
  readonly verdict: Verdict;
  /** It gives up only where its server is away for a while. */
  readonly isHeld?: boolean;
})[] = [
  {
    name: 'ws 8, as it is',
    server: ownServer('ws-server.mjs'),
    command: node('ws-once.mjs'),
    verdict: 'lazy',
  },
  {
    name: 'fetch (undici), idle',
    server: ownServer('http-server.mjs'),
    command: node('fetch-once.mjs'),
    verdict: 'lazy',
  },
  {
    name: 'pg Client 8, without an error handler',
    server: postgres,
    command: node('pg-client.mjs'),
    verdict: 'crashed',
  },
  {
    name: 'ioredis 6, with three attempts',
    server: redis,
    command: node('ioredis-thrice.mjs'),
    verdict: 'gave-up',
    isHeld: true,
  },
];

/** A folder that every user can read, with the programs and the packages that they need. */
export function installClients(stage: Stage): string {
  const folder = join(stage.folder, 'clients');
  cpSync(resolve('test', 'helpers', 'clients', 'programs'), folder, { recursive: true });
  copyPackages(folder, ['ioredis', 'redis', 'pg', 'ws']);
  return folder;
}

interface Place {
  readonly port: number;
  /** Every user can read it. */
  readonly shared: string;
  readonly netns: Netns;
}

/** Starts a server as the stage's user. Resolves when it listens; it ends with the stage. */
export async function serve(
  stage: Stage,
  { path = '', command }: ClientProgram['server'],
  { port, shared, netns }: Place,
): Promise<void> {
  const { user } = stage;
  const folder = join(user.home, `server-${port}`);
  mkdirSync(folder);
  chownSync(folder, user.uid, user.gid);
  const words = await command(path, { port, folder, shared, user });
  const server = start(words, { user, netns, environment: { HOME: user.home } }, { stdio: 'ignore' });
  stage.onClose(() => end(server));
  await until(`port ${port} is open`, async () => {
    assert.equal(endOf(server), null, `${words[0]} runs`);
    const { stdout } = await run(['ss', '-Hltn', `sport = :${port}`], { netns });
    return stdout !== '';
  });
}

/** Starts the server and the client. Resolves with a filter for its connections once it works; null if one is not installed. */
export async function startClient(
  stage: Stage,
  shared: string,
  { name, server, command }: Omit<ClientProgram, 'backoff'>,
  index: number,
): Promise<string | null> {
  const words = await command(shared);
  if (!words || !server.path) return null;
  const netns = stage.makeNetns(`c${index}`);
  const port = 21_000 + index;
  await serve(stage, server, { port, shared, netns });
  const runOptions = { user: stage.user, netns, environment: { HOME: stage.user.home } };
  const client = start([...words, `${port}`], runOptions, { stdio: ['ignore', 'pipe', 'inherit'] });
  stage.onClose(() => end(client));
  let printed = '';
  client.stdout?.on('data', (text: Buffer) => {
    printed += text;
  });
  await until(`${name} is ready`, () => {
    assert.equal(endOf(client), null, `${name} runs`);
    return printed !== '';
  });
  return `net:${netns.inode} remote:${port}`;
}

/** Debian's Python, or the wrapper that the suite has unpacked; undefined without the redis module. */
async function pythonWithRedis(): Promise<string | undefined> {
  for (const interpreter of [python, 'python-with-redis'])
    if ((await run([interpreter, '-c', 'import redis']).catch(() => null))?.code === 0) return interpreter;
  return undefined;
}

/** Its first build compiles the standard library, so the cache stays. */
async function buildGoClient(): Promise<string | undefined> {
  const folder = resolve('build', 'go');
  const binary = join(folder, 'http-client');
  const source = resolve('test', 'helpers', 'clients', 'programs', 'http-client.go');
  mkdirSync(folder, { recursive: true });
  const environment = { ...process.env, CGO_ENABLED: '0', GOCACHE: join(folder, 'cache'), GOPATH: folder };
  try {
    await promisify(execFile)('go', ['build', '-o', binary, source], { env: environment });
    return binary;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
