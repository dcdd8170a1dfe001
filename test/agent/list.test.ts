/** `sockscope list`: the same sockets as ss, with owners and peers, selected by filters. */

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { formatEndpoint, type Socket } from '../../agent/protocol';
import { diagKnowsUidOfFileless } from '../helpers/engines';
import { closeFirst, connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { run } from '../helpers/programs';
import type { Puppet, SocketInfo } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4, ipv6] = places as [Place, Place];

describe('list', { skip: withoutRoot }, () => {
  let stage: Stage;
  let server: Puppet;
  let peer: Puppet;
  let listening: SocketInfo;
  let pair: Pair;
  let udp: SocketInfo;
  before(async () => {
    stage = new Stage();
    server = await stage.puppet();
    peer = await stage.puppet();
    await connectAll(server, peer, ipv6, 'listener 6', ['ipv6']);
    ({
      listening,
      pairs: { pair },
    } = await connectAll(server, peer, ipv4, 'listener', ['pair', 'half closed']));
    await peer.shutdown('half closed');
    const binding = { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' } as const;
    udp = await server.bind('udp', binding);
    await peer.connect('udp', { family: 'ipv4', protocol: 'udp', to: udp.local });
    await server.bind('bound', { family: 'ipv4', address: '127.0.0.1' });
    const making = { family: 'ipv6', dual: true } as const;
    const dual = await server.listen('dual', { ...making, address: '::' });
    await peer.connect('mapped', { ...making, to: ['::ffff:127.0.0.1', dual.local[1]] });
  });
  after(() => stage?.close());

  async function list(...filter: string[]): Promise<Socket[]> {
    const words = ['list', ...filter, '--json'];
    const { code, json, stderr } = await stage.sockscope(words);
    assert.equal(code, 0, stderr);
    assert.equal(json.schema, 1);
    return json.sockets;
  }

  const isIpv4Loopback = (end: Socket['remote']) => /^(::ffff:)?127\.0\.0\.1$/.test(end?.address ?? '');
  const cookies = (sockets: readonly Socket[]) => sockets.map(({ cookie }) => cookie).sort();

  function mine(): string {
    return `net:${stage.netns.inode}`;
  }

  describe('through the agent', () => {
    before(async () => {
      await stage.agent();
    });

    it('every field of a connection', async () => {
      const [socket] = await list(`cookie:${pair.client.cookie}`);
      const stat = readFileSync(`/proc/${peer.pid}/stat`, 'utf8');
      const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
      const { fd, inode } = socketFd(peer.pid, socket?.inode ?? '');
      assert.deepEqual(socket, {
        cookie: pair.client.cookie,
        netns: stage.netns.inode,
        protocol: 'tcp',
        family: 'ipv4',
        state: 'established',
        local: { address: '127.0.0.1', port: pair.client.local[1] },
        remote: { address: '127.0.0.1', port: listening.local[1] },
        uid: stage.user.uid,
        inode,
        owners: [
          {
            pid: peer.pid,
            startTime,
            fd,
            name: 'python3',
            command: `/usr/bin/python3 ${stage.folder}/puppet.py`,
          },
        ],
        ownersLeftOut: 0,
        queuedFor: [],
        peer: {
          netns: stage.netns.inode,
          cookie: pair.server.cookie,
          protocol: 'tcp',
          local: { address: '127.0.0.1', port: listening.local[1] },
          remote: { address: '127.0.0.1', port: pair.client.local[1] },
          owners: socket?.peer?.owners,
        },
        container: null,
        lifeline: false,
        kernel: false,
        unsupportedReason: null,
      });
    });

    it('the peer with its process', async () => {
      const [socket] = await list(`cookie:${pair.client.cookie}`);
      const [other] = await list(`cookie:${pair.server.cookie}`);
      assert.equal(socket?.peer?.owners[0]?.pid, server.pid);
      assert.deepEqual(socket?.peer?.owners, other?.owners);
      assert.deepEqual(other?.peer?.owners, socket?.owners);
    });

    it('listeners have no remote end and no peer', async () => {
      const [socket] = await list(`cookie:${listening.cookie}`);
      assert.deepEqual([socket?.state, socket?.remote, socket?.peer], ['listen', null, null]);
    });

    it('the same sockets, states and owners as ss', async () => {
      await connectAll(server, peer, ipv4, 'of one that is over', ['over']);
      await closeFirst(peer, server, 'over');
      const lines = await shownBySs('-tunaepH');
      const shown = lines.map(ofSs).sort();
      const listed = (await list(mine()))
        .filter(({ state }) => state !== 'bound')
        .map(ofList)
        .sort();
      assert.ok(shown.length >= 14, lines.join('\n'));
      assert.deepEqual(listed, shown);
    });

    it('filters', async () => {
      // A time-wait may end between two lists.
      const here = [mine(), '-state:time-wait'];
      const all = await list(...here);
      const port = listening.local[1];
      const is: readonly [string[], (socket: Socket) => boolean][] = [
        [[`:${port}`], ({ local }) => local.port === port],
        [[`port:${port},${udp.local[1]}`], ({ local }) => [port, udp.local[1]].includes(local.port)],
        [[`remote:${port}`], ({ remote }) => remote?.port === port],
        [['remote:127.0.0.1'], ({ remote }) => isIpv4Loopback(remote)],
        // The listeners of IPv4 and IPv6 can have been given the same port.
        [[`remote:127.0.0.1:${port}`], ({ remote }) => isIpv4Loopback(remote) && remote?.port === port],
        [['remote:::1'], ({ remote }) => remote?.address === '::1'],
        [[`addr:${port}`], ({ local, remote }) => local.port === port || remote?.port === port],
        [[`pid:${server.pid}`], ({ owners }) => owners.some(({ pid }) => pid === server.pid)],
        [['process:python3'], ({ owners }) => owners.length > 0],
        [['-process:python3'], ({ owners }) => owners.length === 0],
        [['state:listen,close-wait'], ({ state }) => state === 'listen' || state === 'close-wait'],
        [['proto:udp'], ({ protocol }) => protocol === 'udp'],
        [['proto:tcp', '-state:listen'], ({ protocol, state }) => protocol === 'tcp' && state !== 'listen'],
        [[`user:${stage.user.name}`], ({ uid }) => uid === stage.user.uid],
        [[`user:${stage.user.uid}`], ({ uid }) => uid === stage.user.uid],
        [[`cookie:0x${BigInt(udp.cookie).toString(16)}`], ({ cookie }) => cookie === udp.cookie],
        [['puppet.py'], ({ owners }) => owners.length > 0],
      ];
      for (const [words, expected] of is) {
        const wanted = cookies(all.filter(expected));
        assert.notEqual(wanted.length, 0, words.join(' '));
        assert.deepEqual(cookies(await list(...here, ...words)), wanted, words.join(' '));
      }
      const ofRoot = await list(...here, 'user:root');
      assert.deepEqual(
        ofRoot.filter(({ inode }) => diagKnowsUidOfFileless || inode !== '0'),
        [],
      );
    });

    it('an aligned table without --json, listening sockets first', async () => {
      const { stdout } = await stage.sockscope(['list', mine()]);
      const [header, first] = stdout.split('\n');
      assert.match(header ?? '', /^PROTO +STATE +LOCAL +REMOTE +PROCESS +COOKIE +NOTES$/);
      const peers = new RegExp(
        `^tcp +established .* python3/${peer.pid} +\\d+ +peer python3/${server.pid}$`,
        'm',
      );
      assert.match(stdout, peers);
      assert.match(first ?? '', /^tcp +listen +.*:\d+ +- +python3\/\d+ +\d+$/);
      assert.equal(stdout.includes(`127.0.0.1:${pair.client.local[1]}`), true);
    });

    it('control characters in a name are escaped', async () => {
      const evil = `${stage.folder}/e\u001b[31mvil`;
      copyFileSync(python, evil);
      const odd = await stage.puppet({}, evil);
      await odd.listen('l', { family: 'ipv4', address: '127.0.0.1' });
      const { stdout } = await stage.sockscope(['list', `pid:${odd.pid}`]);
      assert.equal(stdout.includes('\u001b'), false);
      assert.match(stdout, /e\\u\{1b\}\[31mvil/);
    });
  });

  it('a listener without a visible owner is lifeline, and a plan protects it', async (t) => {
    const asRoot = { user: undefined, netns: undefined, environment: { SUDO_UID: '64998' } };
    // Those of other namespaces may be another test's, and gone at once.
    const machine = `net:${statSync('/proc/self/ns/net').ino}`;
    const { json } = await stage.sockscope(['list', 'state:listen', machine, '--json'], asRoot);
    const hidden = json.sockets.filter(({ owners }: Socket) => owners.length === 0);
    if (hidden.length === 0) return t.skip('this machine has no listener without a visible owner');
    for (const { cookie, lifeline } of hidden) {
      assert.equal(lifeline, true);
      const words = ['destroy', `cookie:${cookie}`, '--include-listeners', '--dry-run', '--json'];
      const { json } = await stage.sockscope(words, asRoot);
      assert.deepEqual([json.plan.length, json.plan[0].act], [1, 'protected']);
    }
  });

  it('the observer lists the same sockets, those of other users without owners', async () => {
    const { code, json } = await stage.sockscope(['list', '--json'], { user: stranger });
    assert.equal(code, 0);
    // A time-wait may end between the two.
    const shown = json.sockets.filter(({ state }: Socket) => state !== 'bound' && state !== 'time-wait');
    const lines = (await shownBySs('-tunaH')).filter((line) => !/^tcp +TIME-WAIT/.test(line));
    assert.equal(shown.length, lines.length);
    assert.ok(json.sockets.every(({ owners }: Socket) => owners.length === 0));
    const own = await stage.sockscope(['list', '--json', `cookie:${pair.client.cookie}`]);
    assert.deepEqual(own.json.sockets[0].owners[0].pid, peer.pid);
  });

  /** Lines of ss, without what is bound only: older versions of it show none of these. */
  async function shownBySs(flags: string): Promise<string[]> {
    const { stdout } = await run(['ss', flags], { netns: stage.netns });
    return stdout
      .trim()
      .split('\n')
      .filter((line) => !/^tcp +UNCONN/.test(line));
  }

  /** The descriptor of a process that refers to this inode of sockfs. */
  function socketFd(pid: number, inode: string) {
    for (let fd = 3; fd < 64; fd++) {
      try {
        if (readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`) return { fd, inode };
      } catch {
        // not open
      }
    }
    return { fd: -1, inode };
  }
});

const ssStates: Record<string, string> = { ESTAB: 'established', UNCONN: 'close' };

/** `tcp established 127.0.0.1:1 127.0.0.1:2 cookie pid,fd`, from a line of ss. */
function ofSs(line: string): string {
  const [protocol, state = '', , , local = '', remote = '', ...rest] = line.split(/\s+/);
  const cookie = BigInt(`0x${/ sk:([0-9a-f]+)/.exec(` ${rest.join(' ')}`)?.[1]}`);
  const owners = [...rest.join(' ').matchAll(/pid=(\d+),fd=(\d+)/g)].map(([, pid, fd]) => `${pid},${fd}`);
  const end = (text: string) => (text.endsWith(':*') ? '-' : text);
  return [protocol, ssStates[state] ?? state.toLowerCase(), end(local), end(remote), cookie, ...owners].join(
    ' ',
  );
}

function ofList({ protocol, state, local, remote, cookie, owners }: Socket): string {
  const end = (some: Socket['remote']) => {
    if (!some) return '-';
    const text = formatEndpoint(some).replace(/^\[::\]:/, '*:');
    return text;
  };
  const held = owners.map(({ pid, fd }) => `${pid},${fd}`);
  return [protocol, state, end(local), end(remote), cookie, ...held].join(' ');
}
