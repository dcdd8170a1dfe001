/** The owners of a socket: none, one or many, each process and descriptor once. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import type { Socket } from '../../agent/protocol';
import { closeFirst, connectAll, type Place, places } from '../helpers/pairs';
import { run, until } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { findOne, inState } from '../helpers/targets';

const [ipv4] = places as [Place];
const here = { family: 'ipv4', address: '127.0.0.1' } as const;

describe('owners', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
  });
  after(() => stage?.close());

  const holder = () => stage.victim([python, `${stage.folder}/holder.py`]);
  const find = ({ cookie }: { cookie: string }) => findOne(client, `cookie:${cookie}`);
  const pids = ({ owners }: Pick<Socket, 'owners'>) => owners.map(({ pid }) => pid).sort();

  it('a forked child is a second owner, with the same descriptor', async () => {
    const parent = await holder();
    const listening = await parent.listen('l', here);
    const child = (await parent.command('fork')) as number;
    const found = await find(listening);
    assert.deepEqual(pids(found), [parent.pid, child].sort());
    assert.equal(new Set(found.owners.map(({ fd }) => fd)).size, 1);
    assert.deepEqual(
      found.owners.map(({ startTime }) => startTime).sort(),
      pids(found).map(startTimeOf).sort(),
    );
  });

  it('a socket passed on by SCM_RIGHTS belongs to both processes, then to the one that keeps it', async () => {
    const [giver, taker] = [await holder(), await holder()];
    const udp = await giver.bind('udp', { ...here, protocol: 'udp' });
    const path = `sockscope-${stage.user.uid}-both`;
    await taker.command('mailbox', { path });
    await giver.command('give', { name: 'udp', path });
    await taker.command('take', { name: 'udp', path });
    assert.deepEqual(pids(await find(udp)), [giver.pid, taker.pid].sort());
    await giver.close('udp');
    assert.deepEqual(pids(await find(udp)), [taker.pid]);
  });

  it('a socket in flight by SCM_RIGHTS is listed without an owner, and protected', async () => {
    const [giver, taker] = [await holder(), await holder()];
    const listening = await giver.listen('l', here);
    const path = `sockscope-${stage.user.uid}-way`;
    await taker.command('mailbox', { path });
    await giver.command('give', { name: 'l', path });
    await giver.close('l');
    const found = await find(listening);
    assert.deepEqual([found.state, found.owners, found.kernel], ['listen', [], false]);
    assert.notEqual(found.inode, '0');
    const words = ['destroy', `cookie:${listening.cookie}`, '--include-listeners', '--yes', '--json'];
    const { json } = await stage.sockscope(words);
    assert.equal(['protected', 'denied'].includes(json.results[0].outcome), true, json.results[0].message);
    await taker.command('take', { name: 'l', path });
    assert.deepEqual(pids(await find(listening)), [taker.pid]);
    assert.equal((await find(listening)).state, 'listen');
  });

  it('threads, with and without a table of their own, are one owner', async () => {
    const puppet = await holder();
    const listening = await puppet.listen('l', here);
    await puppet.command('threads', { count: 5 });
    await puppet.command('split');
    const { owners } = await find(listening);
    assert.deepEqual(pids({ owners }), [puppet.pid]);
  });

  it('a process whose first thread has ended still owns its sockets, once each', async () => {
    const puppet = await holder();
    const listening = await puppet.listen('l', here);
    await puppet.command('threads', { count: 3 });
    await puppet.command('leave');
    await until('the first thread has ended', () => /^State:\tZ/m.test(statusOf(puppet.pid)));
    const shown = await run(['ss', '-tlnpH', `sport = :${listening.local[1]}`], { netns: stage.netns });
    assert.equal(shown.stdout.includes('pid='), false, 'ss shows no owner any more');
    const { owners } = await find(listening);
    assert.deepEqual(pids({ owners }), [puppet.pid]);
    assert.equal(owners[0]?.startTime, startTimeOf(puppet.pid));
    const ofProcess = (await listAll(client, `pid:${puppet.pid}`)).sockets;
    assert.deepEqual(
      ofProcess.map(({ cookie }) => cookie),
      [listening.cookie],
    );
  });

  describe('a connection that is not accepted belongs to the listening process', () => {
    for (const place of places)
      it(place.family, async () => {
        const [server, peer] = [await holder(), await stage.puppet()];
        const { listening, pairs } = await connectAll(server, peer, place, 'l', ['accepted']);
        const waits = await peer.connect('waits', { family: place.family, to: listening.local });
        const found = await findOne(client, `:${listening.local[1]} remote:${waits.local[1]}`);
        assert.deepEqual([found.state, found.inode, found.owners], ['established', '0', []]);
        assert.deepEqual(pids({ owners: found.queuedFor }), [server.pid]);
        assert.deepEqual((await find(pairs.accepted.server)).queuedFor, []);
        assert.deepEqual(
          (await find(waits)).peer?.owners.map(({ pid }) => pid),
          [server.pid],
        );
        const { stdout } = await stage.sockscope(['list', `cookie:${found.cookie}`]);
        assert.match(stdout, new RegExp(`\\(queued\\) python3/${server.pid} +${found.cookie}`));
        await server.accept('waited', 'l');
        const accepted = await find(found);
        assert.deepEqual([pids(accepted), accepted.queuedFor], [[server.pid], []]);
      });

    it('a shared listener names each process once', async () => {
      const [server, peer] = [await holder(), await stage.puppet()];
      const { local } = await server.listen('l', here);
      const child = (await server.command('fork')) as number;
      const near = await peer.connect('waits', { family: 'ipv4', to: local });
      const found = await findOne(client, `:${local[1]} remote:${near.local[1]}`);
      assert.deepEqual(pids({ owners: found.queuedFor }), [server.pid, child].sort());
    });
  });

  it('bound, orphaned and time-wait sockets are listed', async () => {
    const [server, peer] = [await stage.puppet(), await stage.puppet()];
    const bound = await server.bind('bound', here);
    const { pairs } = await connectAll(server, peer, ipv4, 'l', ['orphan', 'over']);
    await closeFirst(peer, server, 'over');
    await peer.close('orphan');
    assert.deepEqual([(await find(bound)).state, pids(await find(bound))], ['bound', [server.pid]]);
    for (const [{ client: near }, state] of [
      [pairs.orphan, 'fin-wait-2'],
      [pairs.over, 'time-wait'],
    ] as const) {
      const found = await inState(client, near, state);
      assert.deepEqual([found.owners, found.queuedFor, found.inode, found.kernel], [[], [], '0', false]);
    }
    assert.equal((await find(pairs.orphan.server)).state, 'close-wait');
  });
});

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

function startTimeOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
