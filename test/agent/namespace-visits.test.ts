/**
 * Network namespaces that a list visits: by a walker, which reads without privileges and until a deadline, and never the broker;
 * an empty one costs nothing, and a socket that is alone in one is listed.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Broker } from '../../agent/broker-link/broker';
import { JoinedRows } from '../../agent/broker-link/joined-rows';
import type { KernelListing } from '../../agent/broker-link/list-records';
import { forkBroker } from '../../agent/broker-link/native';
import type { SocketRecord } from '../../agent/broker-link/records';
import type { Protocol, State } from '../../agent/protocol';
import { stateWord } from '../../agent/protocol';
import { caller } from '../helpers/caller';
import type { Netns } from '../helpers/netns';
import { places } from '../helpers/pairs';
import { end, run, start, until, which } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { socketsOf } from '../helpers/rows';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { capabilitySet, threadRights } from '../helpers/threads';

const needsStrace = { skip: which('strace') ? false : 'strace is not installed' };

/** As native/src/scans/socket_counts.cc. */
const [major = 0, minor = 0] = release().split('.').map(Number);
const countsMptcp = major > 6 || (major === 6 && minor >= 18);

function namespaceOf(pid: number): number {
  return statSync(`/proc/${pid}/ns/net`).ino;
}

function wordOf({ kernelState, protocol, local }: SocketRecord): State {
  return stateWord(kernelState, protocol, local.port);
}

describe('visits to network namespaces', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  before(() => {
    stage = new Stage();
    broker = new Broker(forkBroker(stage.user.uid, false));
  });
  after(async () => {
    broker?.close();
    await stage?.close();
  });

  function hermit(user: typeof stranger | undefined = stranger): Promise<Puppet> {
    return stage.victim([python, join(stage.folder, 'hermit.py')], { netns: undefined, user });
  }

  /** Of these namespaces; no socket has this port. */
  function visit(namespaces: readonly number[]): Promise<KernelListing> {
    return broker.list({ ports: [1], namespaces });
  }

  /** Others' namespaces have a quarter of a second together: on a busy machine some are not read in time. */
  async function untilRead(namespaces: readonly number[]): Promise<void> {
    await until('all are read', async () => {
      const errnos = errnosOf(await visit(namespaces));
      return namespaces.every((netns) => errnos.get(netns) === null);
    });
  }

  function errnosOf(listing: KernelListing): Map<number, string | null> {
    return new Map(listing.namespaces.map(({ netns, errno }) => [netns, errno]));
  }

  describe('a socket that is alone', () => {
    /** Those that sock_diag lists, by a process without owners of its own. */
    async function dumpIn(pid: number): Promise<(readonly [Protocol, State])[]> {
      const script = `require(${JSON.stringify(join(stage.folder, 'sockscope.node'))}).dumpSockets()
        .then(({ rows }) => process.stdout.write(rows.toString('base64')))`;
      const command = ['nsenter', `--net=/proc/${pid}/ns/net`, '--', process.execPath, '-e', script];
      const { code, stdout, stderr } = await run(command);
      assert.equal(code, 0, stderr);
      const rows = await JoinedRows.of(Buffer.from(stdout, 'base64'));
      return rows.records().map((record) => [record.protocol, wordOf(record)]);
    }

    it('none: nothing is listed', async () => {
      const { pid } = await hermit(stage.user);
      assert.deepEqual(await dumpIn(pid), []);
    });

    for (const { family, loopback: address } of places) {
      for (const protocol of ['udp', 'udplite', 'raw'] as const)
        it(`${protocol}, ${family}`, async (t) => {
          const alone = await hermit(stage.user);
          await alone.bind('alone', { family, protocol, address });
          const dumped = await dumpIn(alone.pid);
          if (protocol === 'raw' && !hasRawDiag()) return t.skip('this kernel has no raw_diag');
          assert.deepEqual(dumped, [[protocol, 'close']]);
        });

      for (const protocol of ['tcp', 'mptcp'] as const)
        it(`a ${protocol} listener, ${family}`, async () => {
          const alone = await hermit(stage.user);
          await alone.listen('alone', { family, protocol, address });
          const dumped = await dumpIn(alone.pid);
          assert.ok(
            dumped.some(([kind, state]) => kind === protocol && state === 'listen'),
            JSON.stringify(dumped),
          );
        });

      it(`time-wait, ${family}`, async () => {
        const alone = await hermit(stage.user);
        const { local: to } = await alone.listen('l', { family, address });
        await alone.connect('client', { family, to });
        await alone.accept('server', 'l');
        await alone.close('client');
        // Its FIN may come later than the close (closeFirst).
        assert.equal((await alone.receive('server')).text, '');
        for (const name of ['server', 'l']) await alone.close(name);
        assert.deepEqual(await dumpIn(alone.pid), [['tcp', 'time-wait']]);
        const sockets = socketsOf(
          await broker.list({ ports: [to[1]], namespaces: [namespaceOf(alone.pid)] }),
        );
        // Other brokers of this machine hold a socket for a moment to enter its namespace: it is theirs then.
        const left = sockets.filter(({ owners }) => owners.every(({ pid }) => pid === alone.pid));
        assert.deepEqual(
          left.map(({ record, owners }) => [wordOf(record), owners.length]),
          [['time-wait', 0]],
        );
      });

      it(`an orphan, ${family}`, async () => {
        const alone = await hermit(stage.user);
        const { local: to } = await alone.listen('l', { family, address });
        await alone.connect('orphan', { family, to });
        await alone.accept('kept', 'l');
        for (const name of ['orphan', 'l']) await alone.close(name);
        const sockets = socketsOf(
          await broker.list({ ports: [to[1]], namespaces: [namespaceOf(alone.pid)] }),
        );
        const [orphan, ...more] = sockets.filter(({ owners }) => owners.length === 0);
        assert.deepEqual(more, []);
        assert.match(orphan ? wordOf(orphan.record) : 'none', /^fin-wait-[12]$/);
      });
    }

    it('a TCP socket that is only bound (Linux 6.8)', async (t) => {
      const alone = await hermit(stage.user);
      await alone.bind('alone', { family: 'ipv4', address: '127.0.0.1' });
      const dumped = await dumpIn(alone.pid);
      if (dumped.length === 0) return t.skip('this kernel does not list them');
      assert.deepEqual(dumped, [['tcp', 'bound']]);
    });

    it('syn-recv, also once its listener is closed', async () => {
      const there = stage.makeNetns('syn');
      silentNeighbour(there);
      const server = await stage.puppet({ netns: there, user: undefined });
      const script = `
import socket, sys
sys.path.insert(0, sys.argv[1])
import tun
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
    raw.sendto(tun.syn(int(sys.argv[2]), 4001), (tun.HERE, 0))`;
      const statesOf = async () => (await dumpIn(server.pid)).map(([, state]) => state).sort();
      // Until its SYN-ACK would be repeated, a second after the first: on a busy machine it may be over before it is seen.
      await until('it is seen without its listener', async () => {
        const { local } = await server.listen('l', { family: 'ipv4', address: '10.9.0.1' });
        const sent = await run([python, '-c', script, stage.folder, `${local[1]}`], { netns: there });
        assert.equal(sent.code, 0, sent.stderr);
        assert.deepEqual(await statesOf(), ['listen', 'syn-recv']);
        await server.close('l');
        const left = await statesOf();
        assert.ok(
          left.every((state) => state === 'syn-recv'),
          left.join(),
        );
        return left.length === 1;
      });
    });
  });

  /** 10.9.0.2 does not answer. */
  function silentNeighbour(there: Netns): void {
    const ip = (...words: string[]) => execFileSync('ip', ['-n', there.name, ...words]);
    for (const device of ['all', 'default']) there.sysctl(`net.ipv4.conf.${device}.rp_filter`, 0);
    ip('link', 'add', 'silent', 'type', 'veth', 'peer', 'deaf');
    ip('addr', 'add', '10.9.0.1/24', 'dev', 'silent');
    for (const device of ['silent', 'deaf']) ip('link', 'set', device, 'up');
    ip('neigh', 'add', '10.9.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'silent');
  }

  it('one whose owner is stopped is read', async () => {
    const stopped = await hermit();
    process.kill(stopped.pid, 'SIGSTOP');
    await untilRead([namespaceOf(stopped.pid)]);
  });

  describe('traced', needsStrace, () => {
    /** What strace shows of the broker and its children meanwhile. */
    async function traced<T>(words: readonly string[], act: () => Promise<T>): Promise<[T, string[]]> {
      const command = ['strace', '--follow-forks', '-y', `--attach=${broker.pid}`, ...words];
      const strace = start(command, {}, { stdio: ['ignore', 'ignore', 'pipe'] });
      let text = '';
      strace.stderr?.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      const closed = once(strace, 'close');
      await until('strace traces the broker', () => /attached/.test(text));
      const result = await act().finally(() => end(strace, 'SIGTERM'));
      await closed; // what it has written is read by then
      return [result, text.split('\n')];
    }

    it('a walker enters them, drops its privileges, and then asks only where sockets are', async () => {
      // The user's own, which it reads whatever that takes.
      const [empty, busy] = [await hermit(stage.user), await hermit(stage.user)];
      const inodes = [empty, busy].map(({ pid }) => namespaceOf(pid));
      await busy.bind('udp', { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' });
      const [listing, lines] = await traced(['--trace=setns,capset,socket,sendto,exit_group'], () =>
        visit(inodes),
      );
      assert.deepEqual([...errnosOf(listing)].sort(), inodes.map((inode) => [inode, null]).sort());
      const calls = lines.flatMap((line) => {
        const [, pid, call] = /^\[pid +(\d+)\] (.*)$/.exec(line) ?? [];
        return pid && call && Number(pid) !== broker.pid ? [call] : [];
      });
      const text = lines.join('\n');
      assert.deepEqual(lines.filter(isOfBroker).filter(isEntry), [], text);
      const entered = calls.filter((call) => call.startsWith('setns('));
      assert.deepEqual(
        entered.map((call) => Number(/net:\[(\d+)\]/.exec(call)?.[1])).sort(),
        [...inodes].sort(),
        text,
      );
      // One socket, for the one that has sockets: the bound one may be TCP, too.
      assert.equal(calls.filter((call) => call.startsWith('socket(AF_NETLINK')).length, 1, text);
      const asked = calls.filter((call) => call.startsWith('sendto('));
      // TCP and UDP of IPv4; where the kernel does not count it, MPTCP of both families.
      assert.equal(asked.length, countsMptcp ? 2 : 4, text);
      const dropped = calls.findLastIndex((call) => /^capset.*effective=0, permitted=0/.test(call));
      assert.ok(dropped > calls.lastIndexOf(entered.at(-1) ?? ''), text);
      assert.ok(dropped < calls.indexOf(asked[0] ?? ''), text);
    });

    /** Without a pid: nothing else was traced at that moment. */
    function isOfBroker(line: string): boolean {
      return Number(/^\[pid +(\d+)\]/.exec(line)?.[1] ?? broker.pid) === broker.pid;
    }

    function isEntry(line: string): boolean {
      return /\bsetns\(/.test(line);
    }

    it("the broker enters none for the law, a destroy, a socket's details or a bind either", async () => {
      const alone = await hermit(stage.user);
      const netns = namespaceOf(alone.pid);
      const { local: to } = await alone.listen('l', { family: 'ipv4', address: '127.0.0.1' });
      await alone.connect('client', { family: 'ipv4', to });
      await alone.accept('server', 'l');
      await alone.close('client');
      await alone.close('server');
      const sockets = socketsOf(await broker.list({ ports: [to[1]], namespaces: [netns] }));
      const listener = sockets.find(({ owners }) => owners.length > 0)?.record;
      const waiting = sockets.find(({ record }) => wordOf(record) === 'time-wait')?.record;
      assert.ok(listener && waiting);
      const [[detail, binds, replies], lines] = await traced(['--trace=setns'], async () => [
        await broker.socketDetail(listener),
        await broker.tryBinds(caller, { netns, protocol: 'tcp', port: to[1] }),
        await broker.destroy(caller, 'auto', [waiting]),
      ]);
      assert.ok(detail);
      assert.ok(binds.some(({ error }) => error === 'EADDRINUSE'));
      assert.equal(replies[0]?.status, 'done');
      // The details; the first unprivileged port, the namespace's cookie, the binds; what the law asks twice, the destroy, what remains.
      assert.equal(lines.filter(isEntry).length, 8, lines.join('\n'));
      assert.deepEqual(lines.filter(isOfBroker).filter(isEntry), []);
    });

    it('a walker that reads has no capability, in no thread', async () => {
      const busy = await hermit();
      await busy.bind('udp', { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' });
      const none = capabilitySet();
      const isBare = (pid: number) => {
        const threads = threadRights(pid).map(({ CapInh, CapPrm, CapEff, CapAmb }) => [
          CapInh,
          CapPrm,
          CapEff,
          CapAmb,
        ]);
        return threads.length > 0 && threads.flat().every((set) => set === none);
      };
      await traced(['--trace=sendto', '--inject=sendto:delay_enter=200ms'], () =>
        until('a walker has none', async () => {
          const listing = visit([namespaceOf(busy.pid)]);
          let over = false;
          void listing.finally(() => {
            over = true;
          });
          let seen = false;
          for (; !over && !seen; await sleep(5)) seen = childrenOf(broker.pid).some(isBare);
          await listing;
          return seen;
        }),
      );
    });

    it("others' namespaces end after a quarter of a second, root's and the user's own come first", async () => {
      const own = await hermit(stage.user);
      // As a rootless container in a user namespace of its own: the owner of that is a subordinate uid.
      const nested = [python, join(stage.folder, 'hermit.py'), `${stage.user.uid}`, `${stranger.uid}`];
      const subordinate = await stage.victim(nested, { netns: undefined, user: undefined });
      const others: number[] = [];
      for (let made = 0; made < 12; made++) others.push(namespaceOf((await hermit()).pid));
      const first = [stage.netns.inode, ...[own, subordinate].map(({ pid }) => namespaceOf(pid))];
      const [listing] = await traced(['--trace=setns', '--inject=setns:delay_enter=100ms'], () =>
        visit([...others, ...first]),
      );
      const errnos = errnosOf(listing);
      assert.deepEqual(
        first.map((netns) => errnos.get(netns)),
        [null, null, null],
      );
      const late = others.filter((netns) => errnos.get(netns) === 'ETIMEDOUT');
      assert.ok(late.length >= 8, `${late.length} of ${others.length}`);
      await untilRead(others);
    });

    it("events in others' namespaces do not make it visit them more often", async (t) => {
      const [own, other] = [await hermit(stage.user), await hermit()];
      const inodes = [own, other].map(({ pid }) => namespaceOf(pid));
      for (const each of [own, other]) await each.listen('l', { family: 'ipv4', address: '127.0.0.1' });
      await broker.watchEvents();
      const begin = performance.now();
      await broker.list();
      const [, lines] = await traced(['--trace=setns'], async () => {
        for (const each of [own, other])
          await each.connect('c', { family: 'ipv4', to: (await each.info('l')).local });
        await broker.list();
      });
      await broker.unwatchEvents();
      const isLate = performance.now() - begin > 1400;
      if (isLate) return t.skip('this machine is too slow: all are visited every 1.5 s');
      const entered = lines.filter(isEntry).map((line) => Number(/net:\[(\d+)\]/.exec(line)?.[1]));
      assert.deepEqual(
        inodes.map((inode) => entered.includes(inode)),
        [true, false],
        lines.join('\n'),
      );
    });

    it('a walker that hangs is given up after two seconds, and the next list has all', async () => {
      const netns = namespaceOf((await hermit()).pid);
      const [listing] = await traced(['--trace=setns', '--inject=setns:delay_enter=60s'], () =>
        visit([netns, stage.netns.inode]),
      );
      assert.deepEqual([...errnosOf(listing).values()], ['ETIMEDOUT', 'ETIMEDOUT']);
      await untilRead([netns]);
      await until('the walker has ended', () => childrenOf(broker.pid).length === 0);
    });
  });
});

/** INET_RAW_DIAG, where the kernel shows its configuration. */
function hasRawDiag(): boolean {
  const { status } = spawnSync('sh', ['-c', 'zcat /proc/config.gz | grep -q INET_RAW_DIAG=']);
  return status === 0;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
