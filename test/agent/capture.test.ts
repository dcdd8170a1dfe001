/** A capture has the packets of exactly the connections that match, whole and in order, and leaves nothing behind. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { type CaptureParams, ErrorCode, readCapture, startCapture, stopCapture } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { auditLines } from '../helpers/audit';
import { heldHooks, stillThere } from '../helpers/bpf-objects';
import { capture as captureFor, streamOf, unlimited } from '../helpers/captures';
import { degrade } from '../helpers/degrades';
import { forLongMs } from '../helpers/outages';
import { connectAll, type Place, places } from '../helpers/pairs';
import { run, until } from '../helpers/programs';
import { type Address, assertEchoes, type Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

let stage: Stage;
let agent: AgentProcess;
let client: Client;
let server: Puppet;
let program: Puppet;

// One stage for all suites of this file.
before(() => {
  if (!withoutRoot) stage = new Stage();
});
after(() => stage?.close());

/** Each test has a new agent, a server and a program. */
function useNewAgents(): void {
  beforeEach(async () => {
    agent = await stage.agent();
    client = await agent.client();
    server = await stage.puppet();
    program = await stage.puppet();
  });
  afterEach(async () => {
    for (const puppet of [program, server]) await puppet.stop();
    await agent.stop();
  });
}

const capture = (filter: string, more?: Partial<CaptureParams>, bounds = unlimited) =>
  captureFor(client, stage.folder, filter, more, bounds);

const tupleOf = ({ local, remote }: { readonly local: Address; readonly remote: Address | null }) =>
  `${local.join(' ')} > ${remote?.join(' ')}`;

/** From each end to the other. */
async function say(name: string, words: readonly string[]): Promise<void> {
  for (const word of words) {
    await program.send(name, `${word}?`);
    assert.equal((await server.receive(name)).text, `${word}?`);
    await server.send(name, `${word}!`);
    assert.equal((await program.receive(name)).text, `${word}!`);
  }
}

describe('the packets of a capture', { skip: withoutRoot }, () => {
  useNewAgents();

  for (const place of places)
    for (const end of ['client', 'server'] as const)
      it(`are those of one living connection over ${place.loopback}, as its ${end} sees them`, async () => {
        const { pairs } = await connectAll(server, program, place, 'l', ['one', 'bystander']);
        const before = Date.now();
        const running = await capture(`cookie:${pairs.one[end].cookie}`);
        assert.equal(running.started.connections.length, 1);
        for (const name of ['one', 'bystander']) await say(name, ['a', 'b', 'c']);
        const { packets, summary } = await running.stop();
        const [near, far] = end === 'client' ? ['?', '!'] : ['!', '?'];
        assert.equal(streamOf(packets, 'out'), `a${near}b${near}c${near}`);
        assert.equal(streamOf(packets, 'in'), `a${far}b${far}c${far}`);
        const tuples = {
          out: tupleOf(pairs.one[end]),
          in: tupleOf(pairs.one[end === 'client' ? 'server' : 'client']),
        };
        const owner = end === 'client' ? program : server;
        for (const [at, packet] of packets.entries()) {
          assert.equal(packet.tuple, tuples[packet.direction]);
          assert.equal(packet.captured, packet.length);
          assert.ok(packet.at > before - 1000 && packet.at < Date.now() + 1000, `${packet.at}`);
          if (at > 0) assert.equal(packet.comment, '');
        }
        assert.match(
          packets[0]?.comment ?? '',
          new RegExp(`^\\S+ \\(pid ${owner.pid}\\), .*cookie ${pairs.one[end].cookie}$`),
        );
        const count = (way: string) => packets.filter(({ direction }) => direction === way).length;
        const { bytes, ...counts } = summary;
        assert.equal(bytes, running.bytes().length);
        assert.deepEqual(counts, {
          packets: packets.length,
          in: count('in'),
          out: count('out'),
          cut: 0,
          lost: 0,
          connections: 1,
          opened: 0,
          endedBy: 'stopped',
        });
      });

  for (const place of places)
    it(`are those of a new connection over ${place.loopback}, from its first on, of one's own alone`, async () => {
      const { listening } = await connectAll(server, program, place, 'l', ['living']);
      const other = await stage.puppet({ user: stranger });
      const running = await capture(`remote:${listening.local[1]}`);
      assert.equal(running.started.follows, true);
      const options = { family: place.family, to: listening.local };
      const theirs = await other.connect('theirs', options);
      await server.accept('theirs', 'l');
      await assertEchoes([other, 'theirs'], [server, 'theirs']);
      const near = await program.connect('new', options);
      await server.accept('new', 'l');
      await say('new', ['x']);
      const { packets, summary } = await running.stop();
      assert.ok(packets.every(({ tuple }) => !tuple.includes(theirs.local.join(' '))));
      const ours = packets.filter(({ tuple }) => tuple.includes(near.local.join(' ')));
      const [first] = ours;
      assert.deepEqual([first?.isSyn, first?.direction, first?.tuple], [true, 'out', tupleOf(near)]);
      assert.match(first?.comment ?? '', new RegExp(`\\(pid ${program.pid}\\), connected meanwhile`));
      assert.deepEqual([streamOf(ours, 'out'), streamOf(ours, 'in')], ['x?', 'x!']);
      assert.deepEqual([summary.connections, summary.opened], [1, 1]);
    });

  it('name the process, whichever of its threads connects', async () => {
    const { local } = await server.listen('l', { family: 'ipv4', address: '127.0.0.1' });
    const running = await capture(`remote:${local[1]}`);
    const connects = [
      'import socket, threading',
      'def work():',
      '    open(f"/proc/self/task/{threading.get_native_id()}/comm", "w").write("of-a-thread")',
      `    socket.create_connection(("127.0.0.1", ${local[1]})).send(b"x")`,
      'thread = threading.Thread(target=work); thread.start(); thread.join()',
    ];
    const { code, stderr } = await run([python, '-c', connects.join('\n')], {
      user: stage.user,
      netns: stage.netns,
    });
    assert.equal(code, 0, stderr);
    const { packets } = await running.stop();
    assert.match(packets[0]?.comment ?? '', /^python3\S* \(pid \d+\), connected meanwhile/);
  });

  it('are those of UDP, whether connected before or not', async () => {
    const udp = { family: 'ipv4', protocol: 'udp' } as const;
    const far = await server.bind('far', { ...udp, address: '127.0.0.1' });
    await program.connect('connected', { ...udp, to: far.local });
    await program.bind('unconnected', { ...udp, address: '127.0.0.1' });
    const running = await capture(`remote:${far.local[1]}`);
    await program.send('connected', 'one');
    await program.send('unconnected', 'two', far.local);
    await program.send('unconnected', 'three', far.local);
    const { packets, summary } = await running.stop();
    assert.deepEqual(
      packets.map(({ direction, payload }) => [direction, payload]),
      ['one', 'two', 'three'].map((payload) => ['out', payload]),
    );
    assert.deepEqual([summary.connections, summary.opened], [1, 1]);
  });

  it('are those of one UDP socket with each remote that is named, and with no other', async () => {
    const udp = { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' } as const;
    const [first, second, third] = [
      await server.bind('first', udp),
      await server.bind('second', udp),
      await server.bind('third', udp),
    ];
    const near = await program.bind('near', udp);
    const running = await capture(`remote:${first.local[1]},${second.local[1]} pid:${program.pid}`);
    for (const [text, { local }] of Object.entries({ one: first, two: second, other: third }))
      await program.send('near', text, local);
    for (const name of ['first', 'second', 'third']) await server.send(name, `from ${name}`, near.local);
    const { packets, summary } = await running.stop();
    assert.deepEqual(
      packets.map(({ payload }) => payload),
      ['one', 'two', 'from first', 'from second'],
    );
    assert.equal(summary.opened, 1);
  });

  it('are there once, where both ends match: as the end that connected sees them', async () => {
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['both']);
    const running = await capture(`pid:${program.pid},${server.pid}`);
    await say('both', ['a', 'b']);
    const { packets } = await running.stop();
    assert.deepEqual([streamOf(packets, 'out'), streamOf(packets, 'in')], ['a?b?', 'a!b!']);
    assert.ok(
      packets.every(
        ({ direction, tuple }) => (direction === 'out') === (tuple === tupleOf(pairs.both.client)),
      ),
    );
  });

  it('are there also where an outage swallows them', async () => {
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['cut']);
    const running = await capture(`cookie:${pairs.cut.client.cookie}`);
    const fault = await degrade(client, `cookie:${pairs.cut.client.cookie}`, { how: { kind: 'half-open' } });
    await program.send('cut', 'lost');
    assert.ok(await server.receivesNothing('cut', 0.5));
    await fault.stop();
    const { packets } = await running.stop();
    assert.ok(packets.some(({ direction, payload }) => direction === 'out' && payload === 'lost'));
  });

  it('are whole, however much of a stream is sent at once', async () => {
    await connectAll(server, program, ipv4, 'l', ['stream']);
    const running = await capture(`pid:${program.pid}`);
    let text = '';
    for (let part = 0; part < 8; part++) {
      const piece = `${part}`.repeat(130_000);
      const sent = program.send('stream', piece);
      for (let got = 0; got < piece.length; ) got += (await server.receive('stream')).text.length;
      assert.equal(await sent, piece.length);
      text += piece;
    }
    const { packets, summary } = await running.stop();
    assert.deepEqual([summary.cut, summary.lost], [0, 0]);
    assert.ok(streamOf(packets, 'out') === text, `${packets.length} packets`);
  });

  it('are cut where that is asked for', async () => {
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['cut']);
    const running = await capture(`cookie:${pairs.cut.client.cookie}`, { snap: 60 });
    await say('cut', ['x'.repeat(1000)]);
    const { packets, summary } = await running.stop();
    assert.ok(packets.every(({ captured, length }) => captured === Math.min(length, 60)));
    assert.equal(summary.cut, packets.filter(({ length }) => length > 60).length);
    assert.ok(summary.cut >= 2);
  });
});

describe('what a capture takes', { skip: withoutRoot }, () => {
  useNewAgents();

  it('is bounded by packets, and by bytes of the file', async () => {
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['chatty']);
    const filter = `cookie:${pairs.chatty.client.cookie}`;
    const few = await capture(filter, {}, { ...unlimited, packets: 3 });
    await say('chatty', ['a', 'b', 'c', 'd']);
    const { packets, endedBy } = await few.ended;
    assert.deepEqual([packets, endedBy], [3, 'packets']);
    const small = await capture(filter, {}, { ...unlimited, bytes: 2000 });
    await say('chatty', ['x'.repeat(300), 'y'.repeat(300), 'z'.repeat(300)]);
    const summary = await small.ended;
    assert.equal(summary.endedBy, 'size');
    assert.ok(summary.packets > 0 && small.bytes().length <= 2000, `${small.bytes().length}`);
    assert.equal(summary.bytes, small.bytes().length);
  });

  it('is no more than the ring holds where nobody reads, and the rest is counted as lost', async () => {
    await connectAll(server, program, ipv4, 'l', ['flood']);
    await client.request(startCapture, { filter: `pid:${program.pid}`, forMs: forLongMs, snap: 65_536 });
    const text = 'x'.repeat(40_000);
    const sent = 250; // 10 MB, of a ring of 4
    for (let at = 0; at < sent; at++) {
      await program.send('flood', text);
      for (let got = 0; got < text.length; ) got += (await server.receive('flood')).text.length;
    }
    await client.request(stopCapture, {});
    let bytes = 0;
    let lost = 0;
    for (let over = false; !over; ) {
      const read = await client.request(readCapture, {});
      ({ over, lost } = read);
      for (const packet of read.packets) bytes += Buffer.byteLength(packet.bytes, 'base64');
    }
    assert.ok(bytes > 1e6 && bytes <= 4 * 1024 * 1024, `${bytes} bytes`);
    assert.ok(lost > 50, `${lost} lost`);
    // The next one begins with nothing of it.
    const next = await capture(`pid:${program.pid}`);
    await program.send('flood', 'next');
    const { packets, summary } = await next.stop();
    assert.deepEqual([streamOf(packets, 'out'), summary.lost], ['next', 0]);
  });

  it('is one at a time, and of its own connection', async () => {
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['one']);
    const filter = `cookie:${pairs.one.client.cookie}`;
    const other = await agent.client();
    await other.request(startCapture, { filter, forMs: forLongMs, snap: 100 });
    await assert.rejects(capture(filter), {
      code: ErrorCode.busy,
      message: new RegExp(`pid ${process.pid} `),
    });
    await assert.rejects(client.request(readCapture, {}), { code: ErrorCode.notFound });
    await assert.rejects(client.request(stopCapture, {}), { code: ErrorCode.notFound });
    const reads = [other.request(readCapture, {}), other.request(readCapture, {})];
    await assert.rejects(Promise.race(reads), { code: ErrorCode.busy });
    other.close();
    await until('another one can begin', () =>
      capture(filter).then(
        (running) => running.stop(),
        ({ code }) => assert.equal(code, ErrorCode.busy),
      ),
    );
  });

  it("is one's own, whatever others have connected to such a remote", async () => {
    const [theirs, theirServer] = [
      await stage.puppet({ user: stranger }),
      await stage.puppet({ user: stranger }),
    ];
    const { listening } = await connectAll(theirServer, theirs, ipv4, 'l', ['theirs']);
    const running = await capture(`remote:${listening.local[1]}`);
    assert.deepEqual([running.started.connections, running.started.follows], [[], true]);
    await program.connect('own', { family: ipv4.family, to: listening.local });
    await theirServer.accept('own', 'l');
    await program.send('own', 'mine');
    assert.equal(streamOf((await running.stop()).packets, 'out'), 'mine');
  });

  it('is each packet once, also where the server listens no longer', async () => {
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['one']);
    await server.close('l');
    const running = await capture(`pid:${program.pid},${server.pid}`);
    assert.equal(running.started.connections.length, 1);
    const ends = [pairs.one.client.cookie, pairs.one.server.cookie];
    assert.ok(ends.includes(running.started.connections[0]?.cookie ?? ''));
    await running.stop();
  });

  it("is nothing of others', and of nothing", async () => {
    const theirs = await stage.puppet({ user: stranger });
    const { pairs } = await connectAll(theirs, program, ipv4, 'l', ['mixed']);
    await assert.rejects(capture(`cookie:${pairs.mixed.server.cookie}`), {
      code: ErrorCode.denied,
      message: /belongs to another user: .* --scope all/,
    });
    await assert.rejects(capture('cookie:1'), { code: ErrorCode.notFound, message: /Nothing matches now/ });
    await assert.rejects(capture(`pid:${theirs.pid}`), {
      code: ErrorCode.notFound,
      message: /^None of these processes exists and belongs to you: /,
    });
    await assert.rejects(capture('state:established free'), { code: ErrorCode.invalidFilter });
    assert.deepEqual(heldHooks(await agent.brokerPid()), []);
    // The own end of that connection is the user's.
    const running = await capture(`cookie:${pairs.mixed.client.cookie}`);
    await program.send('mixed', 'mine');
    assert.equal(streamOf((await running.stop()).packets, 'out'), 'mine');
  });

  it('is everything with scope all', async () => {
    await agent.stop();
    agent = await stage.agent(['--scope', 'all']);
    client = await agent.client();
    const theirs = await stage.puppet({ user: stranger });
    const theirServer = await stage.puppet({ user: stranger });
    const { pairs } = await connectAll(theirServer, theirs, ipv4, 'l', ['theirs']);
    const running = await capture(`cookie:${pairs.theirs.client.cookie}`);
    await theirs.send('theirs', 'x');
    assert.equal(streamOf((await running.stop()).packets, 'out'), 'x');
  });
});

describe('the end of a capture', { skip: withoutRoot }, () => {
  useNewAgents();

  it('comes by itself, its hooks go, and both stand in the audit log', async () => {
    const since = new Date();
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['one']);
    const broker = await agent.brokerPid();
    const running = await capture(`cookie:${pairs.one.client.cookie}`, { forMs: 3000 });
    assert.equal(heldHooks(broker).length, 6);
    await program.send('one', 'x');
    const { endedBy, packets } = await running.ended;
    assert.deepEqual([endedBy, packets > 0], ['time', true]);
    assert.deepEqual(heldHooks(broker), []);
    const lines = auditLines(stage.user.uid, since).filter(({ act }) => /capture/.test(act));
    assert.deepEqual(
      lines.filter(({ outcome }) => outcome).map(({ act, claimed }) => [act, claimed.method]),
      [
        ['capture', 'captures/start'],
        ['end-capture', 'captures/start'],
      ],
    );
    assert.equal(lines[0]?.connections, 1);
  });

  for (const victim of ['agent', 'broker', 'client'] as const)
    it(`comes with the ${victim}, and leaves nothing attached`, async () => {
      const { pairs } = await connectAll(server, program, ipv4, 'l', ['one']);
      const broker = await agent.brokerPid();
      const own = await agent.client();
      const running = await captureFor(own, stage.folder, `cookie:${pairs.one.client.cookie}`);
      running.ended.catch(() => {}); // it fails, or stays without an answer
      const link = heldHooks(broker);
      assert.equal(link.length, 6);
      if (victim === 'client') own.close();
      else process.kill(victim === 'agent' ? agent.pid : broker, 'SIGKILL');
      await until('its hooks are gone', async () => (await stillThere({ link })).link?.length === 0);
      await assertEchoes([program, 'one'], [server, 'one']);
    });
});
