/**
 * "Who may act on what", as a table: each line is a sentence of the rules, what is acted on, and what comes of it; with real
 * processes of two users and root. The client is Ann's, whose agent has scope `mine`.
 *
 * Every line is planned, tried and looked at: what was destroyed has its errors, what was denied or protected works as before. Each
 * denied line is then carried out by an agent with `--scope all`, and each protected one with `--include-lifeline`: so it was the
 * rule alone that kept it.
 *
 * Elsewhere: what hidepid hides (hidepid.test.ts), sockets of the kernel's own (kinds.test.ts), outages (outage.test.ts), the audit
 * (audit.test.ts), real podman (containers.test.ts), real sessions (lifeline.test.ts), an agent that lies (broker-law.test.ts).
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Cast,
  disguised,
  makeCast,
  subordinate,
  withArguments,
  withUidOf,
  writeSubuid,
} from '../helpers/act-cast';
import {
  failedMirror,
  forgedMirror,
  inContainer,
  mirrored,
  mirroredConnect,
  ofUidIn,
  orphanOfUidIn,
} from '../helpers/act-forgeries';
import { assertLine, assertSignal, type Line, type SignalLine } from '../helpers/act-table';
import { diagKnowsUidOfFileless } from '../helpers/engines';
import type { Place } from '../helpers/pairs';
import type { Puppet } from '../helpers/puppet';
import { python, stranger, withoutRoot } from '../helpers/stage';

const cable: Place = { family: 'ipv4', loopback: '10.77.0.2' };

const scopeOfTheAgent: readonly Line[] = [
  {
    on: "root's client, on another user's connection",
    is: 'denied',
    by: 'root',
    make: ({ cases, bob }) => cases.connection(...bob, 'client'),
  },
  {
    on: "root's client, on root's connection",
    is: 'denied',
    by: 'root',
    make: ({ cases, root }) => cases.connection(...root, 'client'),
  },
  {
    on: "root's client, on the served user's connection",
    is: 'destroyed',
    by: 'root',
    make: ({ cases, ann }) => cases.connection(...ann, 'client'),
  },
];

const owners: readonly Line[] = [
  {
    on: "the client's end of one's own connection",
    is: 'destroyed',
    make: ({ cases, ann }) => cases.connection(...ann, 'client'),
  },
  {
    on: "the server's end of one's own connection",
    is: 'destroyed',
    make: ({ cases, ann }) => cases.connection(...ann, 'server'),
  },
  { on: "one's own UDP socket", is: 'reset', make: ({ cases, ann }) => cases.datagrams(...ann) },
  { on: "one's own listener, asked for", is: 'destroyed', make: ({ cases, ann }) => cases.listener(...ann) },
  {
    on: "the client's end of another user's connection",
    is: 'denied',
    make: ({ cases, bob }) => cases.connection(...bob, 'client'),
  },
  {
    on: "the server's end of another user's connection",
    is: 'denied',
    make: ({ cases, bob }) => cases.connection(...bob, 'server'),
  },
  { on: "root's connection", is: 'denied', make: ({ cases, root }) => cases.connection(...root, 'client') },
  { on: "another user's listener", is: 'denied', make: ({ cases, bob }) => cases.listener(...bob) },
  { on: "another user's UDP socket", is: 'denied', make: ({ cases, bob }) => cases.datagrams(...bob) },
];

const peers: readonly Line[] = [
  {
    on: "another user's end of a connection to one's own server",
    is: 'destroyed',
    make: ({ cases, ann: [server], bob: [client] }) => cases.connection(server, client, 'client'),
  },
  {
    on: "root's end of a connection from one's own client",
    is: 'destroyed',
    make: ({ cases, ann: [client], root: [server] }) => cases.connection(server, client, 'server'),
  },
  {
    on: "the other end in another namespace, another user's",
    is: 'denied',
    make: ({ cases, ann: [client], elsewhere: { bob } }) => cases.connection(bob, client, 'server', cable),
  },
  {
    on: "one's own end, the other in another namespace",
    is: 'destroyed',
    make: ({ cases, ann: [client], elsewhere: { bob } }) => cases.connection(bob, client, 'client', cable),
  },
  {
    on: "another user's UDP socket, connected to one's own",
    is: 'denied',
    make: ({ cases, ann: [own], bob: [other] }) => cases.connectedDatagrams(other, own),
  },
  {
    on: "another user's connect, while one's own socket mirrors its tuple",
    is: 'denied',
    make: mirroredConnect,
  },
  {
    on: "another user's connection, after one's own connect with its tuple has failed",
    is: 'denied',
    make: (cast) => mirrored(cast, failedMirror),
  },
  {
    on: "another user's connection, mirrored by TCP_REPAIR with sequence numbers of 0",
    is: 'denied',
    make: (cast) => mirrored(cast, forgedMirror),
  },
];

const orphans: readonly Line[] = [
  {
    on: "one's own orphan",
    is: diagKnowsUidOfFileless ? 'destroyed' : 'denied',
    make: ({ cases, ann: [client], bob: [server] }) => cases.orphan(server, client),
  },
  {
    on: "another user's orphan",
    is: 'denied',
    make: ({ cases, bob: [server, client] }) => cases.orphan(server, client),
  },
  {
    on: 'an orphan whose uid the kernel has dropped',
    is: 'denied',
    make: ({ cases, ann: [client], bob: [server] }) => cases.forgottenOrphan(server, client),
  },
];

const timeWait: readonly Line[] = [
  {
    on: 'on a free unprivileged port, whoever had it',
    is: 'destroyed',
    make: ({ cases, bob }) => cases.timeWait(...bob, 'client', { listenerStays: false }),
  },
  {
    on: "on a port that one's own server holds",
    is: 'destroyed',
    make: ({ cases, ann }) => cases.timeWait(...ann, 'server', { listenerStays: true }),
  },
  {
    on: "on a port that another user's server holds",
    is: 'denied',
    make: ({ cases, bob }) => cases.timeWait(...bob, 'server', { listenerStays: true }),
  },
  {
    on: 'on a privileged port',
    is: 'denied',
    make: ({ cases, root: [server], bob: [client] }) =>
      cases.timeWait(server, client, 'server', { listenerStays: false, port: 999 }),
  },
];

const containers: readonly Line[] = [
  ...(['byName', 'byUid'] as const).flatMap((range): readonly Line[] => [
    {
      on: `a connection in one's rootless container, its uids ${range === 'byName' ? 'by name' : 'by uid'} in /etc/subuid`,
      is: 'destroyed',
      make: (cast) => inContainer(cast, cast.stage.user, range, 'connection'),
    },
    {
      on: `an orphan of it, ${range === 'byName' ? 'by name' : 'by uid'}`,
      is: 'destroyed',
      make: (cast) => inContainer(cast, cast.stage.user, range, 'orphan'),
    },
  ]),
  {
    on: 'a connection of a subordinate uid outside of a container',
    is: 'destroyed',
    make: (cast) => ofUidIn(cast, 'byName'),
  },
  {
    on: "an orphan of one's container with uids that overlap another user's, whose peer is in that container",
    is: 'destroyed',
    make: (cast) => inContainer(cast, cast.stage.user, 'shared', 'orphan'),
  },
  {
    on: "an orphan of a uid that overlaps another user's",
    is: 'denied',
    make: (cast) => orphanOfUidIn(cast, 'shared'),
  },
  {
    on: "a connection of a uid that overlaps another user's",
    is: 'denied',
    make: (cast) => ofUidIn(cast, 'shared'),
  },
  {
    on: "a connection in one's container with uids of no /etc/subuid",
    is: 'destroyed',
    make: (cast) => inContainer(cast, cast.stage.user, 'none', 'connection'),
  },
  {
    on: "a connection in another user's rootless container",
    is: 'denied',
    make: (cast) => inContainer(cast, stranger, 'none', 'connection'),
  },
  {
    on: "an orphan in another user's rootless container",
    is: 'denied',
    make: (cast) => inContainer(cast, stranger, 'none', 'orphan'),
  },
  {
    on: 'a connection in a rootful container',
    is: 'denied',
    make: ({ cases, elsewhere: { root } }) => cases.connection(...root, 'client'),
  },
  {
    on: "a rootful container's end of a connection to one's own server",
    is: 'denied',
    make: ({ cases, ann: [server], elsewhere: { root } }) =>
      cases.connection(server, root[0], 'client', { family: 'ipv4', loopback: '10.77.0.1' }),
  },
];

const lifeline: readonly Line[] = [
  {
    on: 'the end of a session carrier',
    is: 'protected',
    make: async ({ stage, cases, ann: [client] }) =>
      cases.connection(await disguised(stage, 'sshd'), client, 'server'),
  },
  {
    on: 'its peer on this machine',
    is: 'protected',
    make: async ({ stage, cases, ann: [client] }) =>
      cases.connection(await disguised(stage, 'sshd'), client, 'client'),
  },
  {
    on: 'its peer, before it is accepted',
    is: 'protected',
    make: async ({ stage, cases, ann: [client] }) => cases.queued(await disguised(stage, 'sshd'), client),
  },
  {
    on: 'its listener, asked for',
    is: 'protected',
    make: async ({ stage, cases, ann: [client] }) => cases.listener(await disguised(stage, 'sshd'), client),
  },
  ...['sshd-session', 'dropbear', 'mosh-server', 'etserver', 'code-tunnel', 'tailscaled'].map(
    (name): Line => ({
      on: `the peer of ${name}`,
      is: 'protected',
      make: async ({ stage, cases, ann: [client] }) =>
        cases.connection(await disguised(stage, name), client, 'client'),
    }),
  ),
  ...(
    [
      ['a VS Code server', '/opt/server/out/server-main.js'],
      ['its extension host', '/opt/server/out/bootstrap-fork', '--type=extensionHost'],
      ['its pty host', '/opt/server/out/bootstrap-fork', '--type=ptyHost'],
    ] as const
  ).map(
    ([name, ...words]): Line => ({
      on: `the peer of ${name}`,
      is: 'protected',
      make: async ({ stage, cases, ann: [client] }) =>
        cases.connection(await withArguments(stage, ...words), client, 'client'),
    }),
  ),
  {
    on: "the peer of root's sshd",
    is: 'protected',
    make: async ({ stage, cases, ann: [client] }) =>
      cases.connection(await disguised(stage, 'sshd', { user: undefined }), client, 'client'),
  },
  {
    on: 'a peer of a session carrier in another namespace',
    is: 'destroyed',
    make: async ({ stage, cases, ann: [client], elsewhere: { netns } }) =>
      cases.connection(await disguised(stage, 'sshd', { user: undefined, netns }), client, 'client', cable),
  },
  {
    on: "the peer of another user's program that is called like a session carrier",
    is: 'destroyed',
    make: async ({ stage, cases, ann: [client] }) =>
      cases.connection(await disguised(stage, 'mosh-server', { user: stranger }), client, 'client'),
  },
  {
    on: 'a program that has the name of a session carrier only in its arguments',
    is: 'destroyed',
    make: async ({ stage, cases, ann: [client] }) =>
      cases.connection(await withArguments(stage, 'sshd', 'server-main.js'), client, 'server'),
  },
];

const listeners: readonly Line[] = [
  {
    on: "one's own listener, not asked for",
    is: 'protected',
    unasked: true,
    make: ({ cases, ann }) => cases.listener(...ann),
  },
  {
    on: "another user's listener, not asked for",
    is: 'denied',
    unasked: true,
    make: ({ cases, bob }) => cases.listener(...bob),
  },
];

const table: Readonly<Record<string, readonly Line[]>> = {
  "the scope is the agent's, for every client: one with uid 0 is no exception": scopeOfTheAgent,
  'allowed if an owner of the socket runs as the served uid': owners,
  'or an owner of its TCP peer in the same network namespace, by tuple and by sequence numbers that are not 0':
    peers,
  'orphans by their uid': orphans,
  'time-wait if the port is unprivileged and no other uid holds it': timeWait,
  "rootless containers count as their user, rootful ones as root's": containers,
  'a listener is never destroyed unasked': listeners,
  'lifeline: sockets that carry sessions, and their peers in the same network namespace': lifeline,
};

const ofPuppet = async (made: Promise<Puppet>) => (await made).pid;

/** To exactly one process, under the same scope. What is denied ends by an agent with `--scope all`. */
const signals: readonly SignalLine[] = [
  { on: "one's own process", is: 'exited', pid: ({ stage }) => ofPuppet(stage.puppet()) },
  {
    on: 'a process of a subordinate uid',
    is: 'exited',
    pid: ({ stage }) => ofPuppet(withUidOf(stage, subordinate.byName)),
  },
  {
    on: "a process of a uid that overlaps another user's",
    is: 'denied',
    pid: ({ stage }) => ofPuppet(withUidOf(stage, subordinate.shared)),
  },
  {
    on: "another user's process",
    is: 'denied',
    pid: ({ stage }) => ofPuppet(stage.puppet({ user: stranger })),
  },
  {
    on: "another user's process, by root's client",
    is: 'denied',
    by: 'root',
    pid: ({ stage }) => ofPuppet(stage.puppet({ user: stranger })),
  },
  { on: "root's process", is: 'denied', pid: ({ stage }) => ofPuppet(stage.puppet({ user: undefined })) },
  {
    on: "one's own session carrier",
    is: 'protected',
    pid: ({ stage }) => ofPuppet(disguised(stage, 'sshd')),
  },
  { on: 'pid 1', is: 'protected', pid: () => 1 },
  { on: 'the agent', is: 'protected', pid: ({ agent }) => agent.pid },
  { on: 'the broker', is: 'protected', pid: ({ agent }) => agent.brokerPid() },
];

describe('who may act on what', { skip: withoutRoot }, () => {
  let cast: Cast;
  before(async () => {
    cast = await makeCast();
    await cast.stage.victim([python, `${cast.stage.folder}/tun.py`], { user: undefined });
  });
  after(() => cast?.stage.close());

  for (const [sentence, lines] of Object.entries(table))
    describe(sentence, () => {
      for (const line of lines) it(`${line.on}: ${line.is}`, () => assertLine(cast, line));
    });

  describe('signals: exactly one process, under the same scope', () => {
    for (const line of signals) it(`${line.on}: ${line.is}`, () => assertSignal(cast, line));
  });

  it("root's command line without an agent may do more", async () => {
    const { stage, cases, bob } = cast;
    const made = await cases.connection(...bob, 'client');
    const words = ['destroy', `cookie:${made.cookie}`, '--yes'];
    assert.equal((await stage.sockscope(words)).code, 3);
    assert.equal((await stage.asRoot(words)).code, 0);
    await made.ended();
  });

  it('/etc/subuid is read again when it changes', async () => {
    const line = { make: (on: Cast) => ofUidIn(on, 'late') };
    await assertLine(cast, { ...line, is: 'denied' });
    writeSubuid(cast.stage, ['byName', 'byUid', 'shared', 'late']);
    await assertLine(cast, { ...line, is: 'destroyed' });
  });
});
