/** Widely used servers, each with a connection that has got an answer. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, endOf, start, until } from '../programs';
import type { Puppet } from '../puppet';
import {
  go,
  http,
  nginx,
  node,
  nodeSource,
  postgres,
  pythonHttp,
  pythonWithoutReuse,
  redis,
  type Server,
  vite,
} from '../servers';
import { python } from '../stage';
import { descendantsOf, isRunning } from './descendants';
import type { Expected, HeldPort, Holder, Owner, Place } from './holder';
import { endingOf, startWitness } from './puppets';

const signalled: Expected = {
  why: ['listener: signal', 'connection: destroy'],
  steps: ['signal: exited', 'destroy: destroyed'],
  exit: 0,
  owners: ['exit 0'],
  client: ['EOF', 'ECONNRESET'],
  before: 'busy',
  after: 'free',
};

interface More extends Partial<Omit<Holder, 'expected'>> {
  readonly expected?: Partial<Expected>;
  /** False: its only connection is closed before the commands run. */
  readonly session?: boolean;
  /** The processes that it has started are owners of their own, which need not end with it. */
  readonly helpers?: boolean;
}

function holder(server: Server, { expected, session = true, helpers = false, ...more }: More = {}): Holder {
  return {
    name: server.name,
    missing: async () => (server.path ? undefined : 'it is not installed'),
    expected: { ...signalled, ...expected },
    start: (place) => startServer(place, server, session, helpers),
    ...more,
  };
}

async function startServer(
  place: Place,
  server: Server,
  session: boolean,
  helpers: boolean,
): Promise<HeldPort> {
  const { stage, netns, site } = place;
  const command = await server.command(server.path ?? '', site);
  const child = start(command, { user: stage.user, netns }, { stdio: 'ignore' });
  stage.onClose(() => end(child));
  const client = await startWitness(place);
  await until(`${server.name} serves`, () => {
    assert.equal(endOf(child), null, `${server.name} runs`);
    return (server.isReady?.(site) ?? true) && isServed(client, server, site.port);
  });
  if (!session) await client.close('client');
  assert.ok(child.pid);
  const pid = child.pid;
  const started = descendantsOf(pid);
  return {
    port: site.port,
    owners: helpers
      ? [{ pid, ended: () => endOf(child) }, ...started.map(asHelper)]
      : [{ pid, ended: () => (started.some(isRunning) ? null : endOf(child)) }],
    client: session ? endingOf(client, 'client') : undefined,
    stop: async () => {
      await end(child);
      await client.stop();
      for (const each of started.filter(isRunning)) process.kill(each, 'SIGKILL');
    },
  };
}

/** Only its parent knows its exit code. */
function asHelper(pid: number): Owner {
  return { pid, ended: () => (isRunning(pid) ? null : 'ended') };
}

/** Connects and gets an answer. False without a listener yet, or with one that only probes the port, as Vite does. */
async function isServed(client: Puppet, { request, answer }: Server, port: number): Promise<boolean> {
  try {
    await client.connect('client', { family: 'ipv4', to: ['127.0.0.1', port] });
    await client.send('client', request);
    assert.match((await client.receive('client')).text, answer);
    return true;
  } catch (error) {
    assert.match(String(error), /ECONNREFUSED|ECONNRESET|EPIPE/);
    return false;
  }
}

/** Starts Node's server again when its file changes. */
const nodeWatch: Server = {
  name: 'a server respawned by node --watch',
  path: process.execPath,
  ...http,
  command: (path, { port, folder }) => {
    const file = join(folder, 'server.js');
    writeFileSync(file, nodeSource(port));
    return [path, '--watch', file];
  },
};

const byDefault = { owners: ['SIGTERM'] } as const;

export const nodeHttp = holder(node, { expected: byDefault });
export const pythonServer = holder(pythonHttp, { expected: byDefault });
export const goHttp = holder(go, { expected: byDefault });
export const nginxServer = holder(nginx);
export const redisServer = holder(redis);

/** Its helper has inherited the listening socket. */
const pythonWithHelper: Server = {
  name: 'Python with a helper that inherited its listening socket',
  path: python,
  ...http,
  command: (path, { port }) => [
    path,
    '-c',
    `import http.server as h, subprocess as s
h.SimpleHTTPRequestHandler.protocol_version = 'HTTP/1.1'
server = h.ThreadingHTTPServer(('127.0.0.1', ${port}), h.SimpleHTTPRequestHandler)
server.socket.set_inheritable(True)
s.Popen(['sleep', '598'], close_fds=False)
server.serve_forever()`,
  ],
};

/** The helper survives and keeps the port. */
export const pythonHelped = holder(pythonWithHelper, {
  helpers: true,
  expected: {
    steps: ['signal: exited'],
    says: /its server is gone, and sleep \(pid \d+\) still holds the port by inheritance\. It is left alone, as nobody has agreed to its end/,
    exit: 1,
    owners: ['SIGTERM', null],
    after: 'busy',
  },
});

/** Its owner survives without its listener. */
const takenOver: Partial<Expected> = { owners: [null], after: 'reuse' };

export const servers: readonly Holder[] = [
  nodeHttp,
  holder(vite, { expected: { owners: ['exit 143'] } }),
  pythonServer,
  holder(pythonWithoutReuse, { expected: byDefault }),
  goHttp,
  nginxServer,
  holder(postgres, {
    name: 'PostgreSQL with a session',
    // SIGTERM makes it wait for its sessions.
    expected: { steps: ['destroy: destroyed', 'signal: exited'] },
  }),
  holder(postgres, {
    name: 'PostgreSQL without a session',
    session: false,
    expected: { why: ['listener: signal'], steps: ['signal: exited'], client: [] },
  }),
  redisServer,
  holder(nodeWatch, {
    expected: {
      why: ['listener: stop-supervisor', 'connection: destroy'],
      steps: ['stop-supervisor: stopped', 'destroy: destroyed'],
    },
  }),
  pythonHelped,
  holder(node, {
    name: 'Node http, taken over',
    words: ['--take-over'],
    expected: { ...takenOver, steps: ['take-over: taken-over'], client: [null] },
  }),
  holder(pythonWithoutReuse, {
    name: 'Python without SO_REUSEADDR, taken over',
    words: ['--take-over'],
    // Its connection would keep the port even from a server with SO_REUSEADDR.
    expected: {
      ...takenOver,
      steps: ['take-over: taken-over', 'destroy: destroyed'],
      client: ['ECONNRESET'],
    },
  }),
];
