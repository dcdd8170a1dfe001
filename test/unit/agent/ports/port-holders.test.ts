import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SocketRecord } from '../../../../agent/broker-link/records';
import type { SeenSocket } from '../../../../agent/inventory/inventory';
import { type PortSnapshot, portHolders } from '../../../../agent/ports/port-holders';
import type { Socket } from '../../../../agent/protocol';
import { namedOwner, seen } from '../../../helpers/known';
import { socket } from '../../../helpers/sockets';

const node = namedOwner('node', 42);
const nobodys = { inode: '0' } as const;

function at(
  local: string,
  remote: string | null,
  more: Partial<Socket> & { readonly record?: Partial<SocketRecord> } = {},
): SeenSocket {
  const { record, owners, ...rest } = more;
  const holders = owners
    ? owners.map(({ name, pid, command }) => namedOwner(name, pid, { command }))
    : [node];
  return seen(socket(local, remote, rest), rest.inode === '0' ? [] : holders, record);
}

const bind = (address: string, error: string | null) => ({ netns: 1, address, reuseaddr: false, error });

function explain(sockets: readonly SeenSocket[], more: Partial<PortSnapshot> = {}) {
  const view: PortSnapshot = {
    port: 3000,
    protocol: 'tcp',
    netns: 1,
    binds: ['0.0.0.0', '127.0.0.1', '::', '::1'].map((address) => bind(address, 'EADDRINUSE')),
    namespaces: [],
    sockets,
    seesEveryOwner: true,
    ephemeral: { first: 32_768, last: 60_999 },
    reserved: false,
    ...more,
  };
  return portHolders(view);
}

const kinds = (holders: ReturnType<typeof explain>) => holders.map(({ kind, remedy }) => `${kind} ${remedy}`);

describe('holders of a port', () => {
  const listener = at('127.0.0.1:3000', null);

  it('have exactly this port and protocol', () => {
    const others = [
      at('127.0.0.1:3001', null),
      at('127.0.0.1:40000', '127.0.0.1:3000'),
      at('127.0.0.1:3000', null, { protocol: 'udp', state: 'close' }),
      at('127.0.0.1:3000', null, { protocol: 'raw', state: 'close' }),
    ];
    assert.deepEqual(kinds(explain([...others, listener])), ['listener signal']);
    assert.deepEqual(kinds(explain([...others, listener], { protocol: 'udp' })), ['udp signal']);
    const path = at('127.0.0.1:3000', null, { record: { mptcp: true } });
    const above = at('127.0.0.1:3000', null, { protocol: 'mptcp' });
    assert.deepEqual(explain([path, above])[0]?.sockets.length, 1);
  });

  it('without a visible owner do not wait to be accepted', () => {
    const accepted = (port: number) => at('127.0.0.1:3000', `127.0.0.1:${port}`, { owners: [] });
    const [, hidden] = explain([listener, accepted(40_001), accepted(40_002)], { seesEveryOwner: false });
    assert.match(
      hidden?.why ?? '',
      /^A process that cannot be seen from here has 2 connections on port 3000;/,
    );
    assert.doesNotMatch(hidden?.why ?? '', /accepted/);
  });

  it('are distinguished by kind, and ordered by it', () => {
    const holders = explain([
      at('127.0.0.1:3000', '127.0.0.1:40004', { ...nobodys, state: 'time-wait' }),
      at('127.0.0.1:3000', '127.0.0.1:40003', { ...nobodys, state: 'fin-wait-2' }),
      at('127.0.0.1:3000', '127.0.0.1:40002'),
      at('127.0.0.1:3000', '127.0.0.1:40001', { ...nobodys, queuedFor: [node] }),
      at('127.0.0.2:3000', null, { state: 'bound' }),
      listener,
    ]);
    assert.deepEqual(kinds(holders), [
      'listener signal',
      'bound signal',
      'connection destroy',
      'orphan destroy',
      'time-wait destroy',
    ]);
    const connections = holders[2];
    assert.deepEqual([connections?.sockets.length, connections?.owners.map(({ pid }) => pid)], [2, [42]]);
    assert.equal(
      connections?.why,
      'node (pid 42) has 2 connections on port 3000, of which 1 waits to be accepted',
    );
    assert.match(
      holders[3]?.why ?? '',
      /^1 connection of port 3000 \(fin-wait-2\) is left without a process/,
    );
    assert.match(
      holders[4]?.why ?? '',
      /^1 closed connection of port 3000 is in time-wait: no process has it/,
    );
  });

  it('are one for each set of processes', () => {
    const other = namedOwner('python3', 43);
    const holders = explain([
      listener,
      at('[::1]:3000', null),
      at('127.0.0.2:3000', null, { owners: [other] }),
    ]);
    assert.deepEqual(
      holders.map(({ why }) => why),
      [
        'node (pid 42) listens on 127.0.0.1:3000 and [::1]:3000',
        'python3 (pid 43) listens on 127.0.0.2:3000',
      ],
    );
  });

  it('have each process once, however many sockets it holds', () => {
    const twice = seen(socket('127.0.0.1:3000', null), [node, { ...node, fd: 9 }]);
    assert.deepEqual(explain([twice])[0]?.owners.length, 1);
  });

  it('of another namespace do not block this one', () => {
    const elsewhere = at('127.0.0.1:3000', null, { netns: 2 });
    const namespaces = [{ netns: 2, own: false, name: 'blue\u001b', container: null, errno: null }];
    const [here, there] = explain([elsewhere, listener], { namespaces });
    assert.deepEqual([here?.remedy, there?.remedy], ['signal', 'none']);
    assert.match(there?.why ?? '', /; in network namespace blue\S+, so it does not block this one$/);
    assert.equal(there?.why.includes('\u001b'), false);
  });

  it("at another address are in nobody's way", () => {
    const other = at('127.0.0.2:3000', null, { owners: [namedOwner('python3', 43)] });
    const [first, second] = explain([other, listener], { binds: [bind('127.0.0.1', 'EADDRINUSE')] });
    assert.deepEqual([first?.remedy, first?.blocks], ['signal', ['127.0.0.1']]);
    assert.deepEqual([second?.remedy, second?.blocks], ['none', []]);
    assert.equal(second?.why, 'python3 (pid 43) listens on 127.0.0.2:3000; it blocks no bind to 127.0.0.1');
    assert.deepEqual(explain([other])[0]?.blocks, ['0.0.0.0', '::']);
  });

  it('that must be left alone have the reason', () => {
    const why = (more: Parameters<typeof at>[2]) => {
      const [holder, ...rest] = explain([at('127.0.0.1:3000', null, more)]);
      assert.deepEqual([holder?.remedy, rest], ['none', []]);
      return holder?.why ?? '';
    };
    assert.match(why({ lifeline: true }), /carries an editor, remote-login or agent session/);
    assert.match(why({ kernel: true, owners: [] }), /^The kernel itself listens .* is left alone$/);
    assert.match(why({ owners: [] }), /^A process that cannot be seen from here listens/);
    const own = process.getuid?.() ?? 0;
    const unseenBy = (uid: number) =>
      explain([at('127.0.0.1:3000', null, { owners: [], uid })], { seesEveryOwner: false })[0];
    const unseen = unseenBy(own);
    assert.match(unseen?.why ?? '', /the agent can identify it \(sudo sockscope agent serve\)$/);
    assert.match(unseenBy(own + 4711)?.why ?? '', /opened it, and an agent for all users .* --scope all\)$/);
    // The same remedy as with the agent: free asks for it, and ends the process.
    assert.equal(unseen?.remedy, 'signal');
  });

  it('with a lifeline peer are apart from those that may be destroyed', () => {
    const connections = [
      at('127.0.0.1:3000', '127.0.0.1:40001', { lifeline: true }),
      at('127.0.0.1:3000', '127.0.0.1:40002'),
    ];
    assert.deepEqual(kinds(explain(connections)).sort(), ['connection destroy', 'connection none']);
  });

  it('that no engine can destroy are ended by a signal', () => {
    const path = at('127.0.0.1:3000', '127.0.0.1:40001', {
      protocol: 'mptcp',
      unsupportedReason: 'It is an MPTCP socket',
    });
    assert.deepEqual(kinds(explain([path])), ['connection signal']);
  });

  it('of a container runtime are published', () => {
    const proxy = namedOwner('docker-proxy', 7);
    const child = namedOwner('exe', 8, { command: '/usr/libexec/podman/rootlessport-child' });
    for (const one of [proxy, child])
      assert.deepEqual(kinds(explain([at('0.0.0.0:3000', null, { owners: [one] })])), [
        'published stop-container',
      ]);
  });

  it('have no process if the port is only reserved', () => {
    assert.deepEqual(kinds(explain([], { reserved: true })), ['reserved none']);
    assert.deepEqual(kinds(explain([listener], { reserved: true })), ['listener signal']);
  });
});

describe("a client's end", () => {
  const port = 40_000;
  const local = `127.0.0.1:${port}`;
  const remote = '10.0.0.5:443';
  const listener = at(local, null);
  const kindOf = (more: Parameters<typeof at>[2], around: readonly SeenSocket[] = []) =>
    kinds(explain([at(local, remote, more), ...around], { port })).at(-1);

  it('is identified by a port that the kernel chose', () => {
    for (const portFrom of ['kernel', 'process'] as const)
      for (const around of [[], [listener]])
        assert.equal(kindOf({ record: { portFrom } }, around), 'client none');
  });

  it('is a connection that is still being made', () => {
    assert.equal(kindOf({ state: 'syn-sent' }, [listener]), 'client none');
  });

  it('is, if uncertain, any socket whose port the kernel may have chosen', () => {
    assert.equal(kindOf({}), 'client none');
    assert.equal(kindOf({}, [listener]), 'connection destroy');
    const elsewhere = at(local, null, { netns: 2 });
    assert.equal(kinds(explain([at(local, remote), elsewhere], { port }))[0], 'client none');
    assert.equal(kinds(explain([at('127.0.0.1:3000', remote)]))[0], 'connection destroy');
  });

  it('is reported as certain only if it is', () => {
    const why = (more: Parameters<typeof at>[2], seesEveryOwner = true) =>
      explain([at(local, remote, more)], { port, seesEveryOwner })[0]?.why ?? '';
    assert.equal(
      why({ record: { portFrom: 'kernel' } }),
      'node (pid 42) uses port 40000 as its own end of a connection to 10.0.0.5:443: it is not to blame, but blocks a bind',
    );
    assert.match(why({}), /^node \(pid 42\) may use .*, so it is left alone/);
    assert.match(why({}, false), /^node \(pid 42\) may use .*, which only the agent can verify/);
  });

  it('of UDP is a socket that did not choose its port', () => {
    const udp = (more: Parameters<typeof at>[2], to: string | null = remote) =>
      kinds(
        explain([at(local, to, { protocol: 'udp', state: 'close', ...more })], { port, protocol: 'udp' }),
      )[0];
    assert.equal(udp({ record: { portFrom: 'kernel' } }, null), 'client none');
    assert.equal(udp({ record: { portFrom: 'process' } }), 'udp signal');
    assert.equal(udp({}), 'client none');
    assert.equal(udp({}, null), 'udp signal');
  });
});

describe('an IPv6 listener on all addresses', () => {
  const six = at('[::]:3000', null);
  const why = (binds: PortSnapshot['binds'], ...more: SeenSocket[]) =>
    explain([six, ...more], { binds })[0]?.why;

  it('is dual-stack if nothing else explains that IPv4 is refused', () => {
    assert.match(
      why([bind('127.0.0.1', 'EADDRINUSE')]) ?? '',
      /, dual-stack, and so blocks port 3000 of IPv4 as well$/,
    );
    assert.match(why([bind('127.0.0.1', null), bind('::1', 'EADDRINUSE')]) ?? '', /, for IPv6 only$/);
  });

  it('may be either if something else explains the refusal', () => {
    const plain = 'node (pid 42) listens on [::]:3000';
    const four = at('127.0.0.1:3000', null, { owners: [namedOwner('other', 9)] });
    assert.equal(why([bind('127.0.0.1', 'EADDRINUSE')], four), plain);
    assert.equal(why([bind('127.0.0.1', 'EACCES')]), plain);
  });
});
