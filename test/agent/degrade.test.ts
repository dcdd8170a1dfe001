/** A degrade drops the share of packets that was asked for, of what matches alone, measures it, and leaves nothing behind. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import {
  type DegradeParams,
  type DegradeResult,
  ErrorCode,
  listOutages,
  stopOutage,
} from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { auditLines } from '../helpers/audit';
import { heldHooks } from '../helpers/bpf-objects';
import { degrade, lossesOf } from '../helpers/degrades';
import { connectErrno } from '../helpers/outages';
import { connectAll, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import { type Address, assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];
const datagrams = 100;

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

const run = (filter: string, more?: Partial<DegradeParams>) => degrade(client, filter, more);

/** UDP from a program to the server, connected at both ends. */
async function connectUdp(from: Puppet, { family, loopback }: Place, name: string, to?: Address) {
  const socket = { family, protocol: 'udp', reuse: true } as const;
  const far = await server.bind(`${name} at the server`, {
    ...socket,
    address: loopback,
    port: to?.[1] ?? 0,
  });
  return { far, near: await from.connect(name, { ...socket, to: far.local }) };
}

async function sendMany(from: Puppet, name: string, to?: Address): Promise<void> {
  await Promise.all(Array.from({ length: datagrams }, () => from.send(name, 'x', to)));
}

/** What is measured of datagrams of one byte, those that were not dropped. */
function of1Byte<Count extends { readonly seen: number; readonly dropped: number }>(count: Count) {
  return { ...count, bytes: count.seen - count.dropped };
}

/** How long they took is not what these tests are about. */
function withoutRates(measured: DegradeResult['measured']): Record<string, object> {
  const each = Object.entries(measured).map(([way, { bytesPerSecond: _, ...rest }]) => [way, rest]);
  return Object.fromEntries(each);
}

/** Fails unless exactly so many have come. */
async function assertGets(at: Puppet, name: string, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => at.receive(name)));
  assert.ok(await at.receivesNothing(name, 1), `more than ${count}`);
}

describe('the share of packets that a degrade drops', { skip: withoutRoot }, () => {
  useNewAgents();

  for (const place of places)
    it(`is what its seed drops, in each direction, over ${place.loopback}, and nothing of bystanders`, async () => {
      const { near, far } = await connectUdp(program, place, 'victim');
      const other = await stage.puppet();
      await connectUdp(program, place, 'same process');
      const elsewhere = await other.connect('other process', {
        family: place.family,
        protocol: 'udp',
        to: far.local,
      });
      const how = { kind: 'loss', percent: 30, seed: 7 } as const;
      const running = await run(`cookie:${near.cookie}`, { how });
      assert.equal(running.outage.fault, 'loss');
      await sendMany(program, 'victim');
      const lost = { out: lossesOf(7, 'out', datagrams, 30), in: lossesOf(7, 'in', datagrams, 30) };
      await assertGets(server, 'victim at the server', datagrams - lost.out);
      await sendMany(server, 'victim at the server', near.local);
      await assertGets(program, 'victim', datagrams - lost.in);

      await sendMany(program, 'same process');
      await assertGets(server, 'same process at the server', datagrams);
      await sendMany(server, 'victim at the server', elsewhere.local);
      await assertGets(other, 'other process', datagrams);

      const { measured } = await running.stop();
      const percent = (dropped: number, of: number) => Math.round((dropped / of) * 1e6) / 1e4;
      const both = { seen: 2 * datagrams, dropped: lost.in + lost.out };
      assert.deepEqual(withoutRates(measured), {
        in: of1Byte({ seen: datagrams, dropped: lost.in, percent: percent(lost.in, datagrams) }),
        out: of1Byte({ seen: datagrams, dropped: lost.out, percent: percent(lost.out, datagrams) }),
        both: of1Byte({ ...both, percent: percent(both.dropped, both.seen) }),
      });
      assert.ok(lost.in > 0 && lost.out > 0 && lost.in !== lost.out);
      await sendMany(program, 'victim');
      await assertGets(server, 'victim at the server', datagrams);
    });

  for (const direction of ['in', 'out'] as const)
    it(`is of one direction, if that is asked for: ${direction}`, async () => {
      const { near } = await connectUdp(program, ipv4, 'victim');
      const running = await run(`cookie:${near.cookie}`, { direction });
      await sendMany(program, 'victim');
      await assertGets(server, 'victim at the server', direction === 'in' ? datagrams : 0);
      await sendMany(server, 'victim at the server', near.local);
      await assertGets(program, 'victim', direction === 'in' ? 0 : datagrams);
      const { measured } = await running.stop();
      const all = of1Byte({ seen: datagrams, dropped: datagrams, percent: 100 });
      const none = of1Byte({ seen: 0, dropped: 0, percent: null });
      assert.deepEqual(withoutRates(measured), { in: none, out: none, [direction]: all, both: all });
    });

  for (const place of places)
    it(`over ${place.loopback}, TCP sends again what is lost, on a living connection and a new one`, async () => {
      const { listening } = await connectAll(server, program, place, 'degraded', ['living']);
      const how = { kind: 'loss', percent: 20, seed: 3 } as const;
      const running = await run(`remote:${listening.local[1]}`, { how });
      await program.connect('new', { family: place.family, to: listening.local });
      await server.accept('new', 'degraded');
      for (const _ of [1, 2, 3, 4, 5])
        for (const name of ['living', 'new']) await assertEchoes([program, name], [server, name]);
      const { measured } = await running.stop();
      for (const way of ['in', 'out'] as const) {
        const { seen, dropped } = measured[way];
        assert.ok(seen >= 10, `${seen} packets ${way}`);
        assert.equal(dropped, lossesOf(3, way, seen, 20));
      }
    });

  it('is all of them: living connections stall, and new ones get no answer', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'degraded', ['living']);
    const running = await run(`remote:${listening.local[1]}`);
    await program.send('living', 'ping');
    assert.equal(await connectErrno(program, listening.local), 'ETIMEDOUT');
    assert.ok(await server.receivesNothing('living', 1));
    await running.stop();
    assert.equal((await server.receive('living')).text, 'ping');
  });
});

describe('a half-open connection', { skip: withoutRoot }, () => {
  useNewAgents();
  const halfOpen = { how: { kind: 'half-open' } } as const;

  for (const place of places)
    it(`over ${place.loopback}: the other end does not hear of its close, and others go on`, async () => {
      const { listening, pairs } = await connectAll(server, program, place, 'l', ['victim', 'bystander']);
      const other = await stage.puppet();
      const running = await run(`cookie:${pairs.victim.client.cookie}`, halfOpen);
      assert.equal(running.outage.fault, 'half-open');
      await program.send('victim', 'ping');
      await program.close('victim');
      assert.ok(await server.receivesNothing('victim', 1));
      await server.send('victim', 'pong');
      for (const [puppet, name] of [
        [program, 'of the same process'],
        [other, 'of another'],
      ] as const) {
        await puppet.connect(name, { family: place.family, to: listening.local });
        await server.accept(name, 'l');
        await assertEchoes([puppet, name], [server, name]);
      }
      await assertEchoes([program, 'bystander'], [server, 'bystander']);
      const { measured, outage } = await running.stop();
      for (const way of ['in', 'out'] as const) {
        assert.ok(measured[way].seen > 0, way);
        assert.equal(measured[way].dropped, measured[way].seen);
      }
      assert.equal(outage.packets, measured.both.dropped);
    });

  it('may be named by the end of its server, in one direction', async () => {
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['victim']);
    const running = await run(`cookie:${pairs.victim.server.cookie}`, { ...halfOpen, direction: 'out' });
    await server.send('victim', 'lost');
    await program.send('victim', 'heard');
    assert.equal((await server.receive('victim')).text, 'heard');
    assert.ok(await program.receivesNothing('victim', 1));
    const { measured } = await running.stop();
    assert.equal(measured.in.seen, 0);
    assert.equal((await program.receive('victim')).text, 'lost');
  });

  it('is exactly one, of the user', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'l', ['one', 'two']);
    const theirs = await stage.puppet({ user: stranger });
    const theirServer = await stage.puppet({ user: stranger });
    const { pairs } = await connectAll(theirServer, theirs, ipv4, 'theirs', ['theirs']);
    const refusals = [
      [`remote:${listening.local[1]}`, ErrorCode.invalidFilter, /2 ends match/],
      ['remote:9', ErrorCode.notFound, /No established TCP connection matches/],
      [`cookie:${pairs.theirs.client.cookie}`, ErrorCode.notFound, /belongs to another user/],
    ] as const;
    for (const [filter, code, message] of refusals)
      await assert.rejects(run(filter, halfOpen), { code, message }, filter);
    assert.deepEqual((await client.request(listOutages, {})).outages, []);
    await assertEchoes([theirs, 'theirs'], [theirServer, 'theirs']);
  });
});

describe('the end of a degrade', { skip: withoutRoot }, () => {
  useNewAgents();

  const arrives = (name: string) =>
    until('datagrams arrive', async () => {
      await program.send(name, 'x');
      return !(await server.receivesNothing(`${name} at the server`, 0.2));
    });

  it('comes by itself, and its hooks end with it', async () => {
    const { near } = await connectUdp(program, ipv4, 'victim');
    const broker = await agent.brokerPid();
    const running = await run(`cookie:${near.cookie}`, { forMs: 10_000 });
    assert.ok(heldHooks(broker).length > 0);
    await sendMany(program, 'victim');
    const { cancelled, measured } = await running.result;
    assert.equal(cancelled, false);
    assert.ok(measured.out.seen > 0);
    assert.equal(measured.out.dropped, measured.out.seen);
    await arrives('victim');
    await until('the hooks are closed', () => heldHooks(broker).length === 0);
    assert.deepEqual((await client.request(listOutages, {})).outages, []);
  });

  it('is a failure with the reason, if no packet has come or gone', async () => {
    const { near } = await connectUdp(program, ipv4, 'victim');
    const { result } = await run(`cookie:${near.cookie}`, { forMs: 1000 });
    await assert.rejects(result, {
      code: ErrorCode.noEffect,
      message: /^No packet matched in .+, so nothing was disturbed: none came or went\./,
    });
    assert.deepEqual((await client.request(listOutages, {})).outages, []);
    const inward = await run(`cookie:${near.cookie}`, { direction: 'in' });
    await sendMany(program, 'victim');
    await assert.rejects(inward.stop(), { code: ErrorCode.noEffect, message: /none came\./ });
  });

  it('may be asked for by its id, and stands in the audit log with its numbers', async () => {
    const since = new Date();
    const { near } = await connectUdp(program, ipv4, 'victim');
    const how = { kind: 'loss', percent: 0.5, seed: 4_294_967_295 } as const;
    const running = await run(`cookie:${near.cookie}`, { how, direction: 'out' });
    await sendMany(program, 'victim');
    await client.request(stopOutage, { id: running.outage.id });
    const { cancelled, measured } = await running.result;
    assert.deepEqual([cancelled, measured.out.seen], [true, datagrams]);
    const line = auditLines(stage.user.uid, since).find(({ act }) => act === 'set-outage');
    assert.deepEqual(
      [line.fault, line.parts_per_million, line.seed, line.direction, line.claimed.method],
      ['loss', 5000, 4_294_967_295, 'out', 'degrades/run'],
    );
  });

  for (const victim of ['agent', 'broker', 'client'] as const)
    it(`comes with the ${victim}`, async () => {
      const { near } = await connectUdp(program, ipv4, 'victim');
      const broker = await agent.brokerPid();
      const own = await agent.client();
      await degrade(own, `cookie:${near.cookie}`);
      await sendMany(program, 'victim');
      assert.ok(await server.receivesNothing('victim at the server', 0.5));
      if (victim === 'client') own.close();
      else process.kill(victim === 'agent' ? agent.pid : broker, 'SIGKILL');
      await arrives('victim');
    });

  it('is printed beside what was asked for', async () => {
    const { near } = await connectUdp(program, ipv4, 'victim');
    const words = [`cookie:${near.cookie}`, '--loss', '12.5%', '--seed', '9', '--for', '10m', '--yes'];
    /** Stopped once all have gone. */
    const sendAndStop = async () => {
      const running = () => client.request(listOutages, {});
      await until('it runs', async () => (await running()).outages.length === 1);
      await sendMany(program, 'victim');
      const [{ id } = { id: 0 }] = (await running()).outages;
      await client.request(stopOutage, { id });
    };
    const json = stage.sockscope(['degrade', ...words, '--json']);
    await sendAndStop();
    const { code, json: printed, stderr } = await json;
    assert.equal(code, 0, stderr);
    const dropped = lossesOf(9, 'out', datagrams, 12.5);
    assert.deepEqual(
      withoutRates(printed.measured).out,
      of1Byte({ seen: datagrams, dropped, percent: dropped }),
    );
    assert.equal(printed.sockets, null);
    assert.deepEqual(printed.asked.how, { kind: 'loss', percent: 12.5, seed: 9 });

    const text = stage.sockscope(['degrade', ...words, '--direction', 'out']);
    await sendAndStop();
    const { stdout } = await text;
    assert.match(stdout, /^Degrade \d+: .*: 12\.5% of packets lost, out, seed 9 until /);
    assert.match(stdout, new RegExp(`^out +${datagrams} +${dropped} +${dropped}% +12\\.5%$`, 'm'));

    const idle = await stage.sockscope(['degrade', ...words.slice(0, -2), '1s', '--yes']);
    assert.deepEqual([idle.code, /No packet matched/.test(idle.stderr)], [1, true], idle.stderr);
  });
});
