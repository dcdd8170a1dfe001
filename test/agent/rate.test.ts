/** A degrade to a rate lets no more pass than was asked for, of what matches alone, measures it, and leaves nothing behind. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { degrade } from '../helpers/degrades';
import { connectAll, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { streamer, throughput } from '../helpers/streams';

const [ipv4] = places as [Place];
const cable: readonly Place[] = [
  { family: 'ipv4', loopback: '10.77.0.2' },
  { family: 'ipv6', loopback: 'fd77::2' },
];
const asked = 500_000;
const seconds = 4;
/** Loopback and a cable carry hundreds of megabytes a second: far more than what is asked for, on any machine. */
const fast = 5_000_000;
/** The largest packet: what is due passes with the whole packet that it is for. */
const packet = 131_072;

let stage: Stage;
let agent: AgentProcess;
let client: Client;
let server: Puppet;
let program: Puppet;

before(() => {
  if (!withoutRoot) stage = new Stage();
});
after(() => stage?.close());

beforeEach(async () => {
  if (withoutRoot) return;
  agent = await stage.agent();
  client = await agent.client();
  server = await streamer(stage);
  program = await streamer(stage);
});
afterEach(async () => {
  if (withoutRoot) return;
  for (const puppet of [program, server]) await puppet.stop();
  await agent.stop();
});

const run = (filter: string, more?: Partial<DegradeParams>) =>
  degrade(client, filter, { how: { kind: 'rate', bytesPerSecond: asked }, ...more });

/** Not more than was asked for, and no stall; how near it comes depends on who else needs the machine. */
function assertLimited(bytes: number, ms: number, what: string): void {
  const most = asked * (ms / 1000 + 1) + packet;
  assert.ok(bytes <= most && bytes >= most / 4, `${what}: ${bytes} bytes in ${ms} ms`);
}

/** One end has been sent as much as it could be, for the whole time. */
async function measure(
  running: { stop(): Promise<DegradeResult> },
  direction: 'in' | 'out',
  name: string,
): Promise<DegradeResult> {
  const [sender, receiver] = direction === 'out' ? [program, server] : [server, program];
  const got = await throughput(sender, receiver, name, seconds);
  const result = await running.stop();
  const { bytes, bytesPerSecond, dropped } = result.measured[direction];
  const ms = (bytes / bytesPerSecond) * 1000;
  assertLimited(bytes, ms, direction);
  // What has passed and was not read yet lies in the receiver's buffer.
  assert.ok(got * seconds <= bytes && got > 0, `${got * seconds} bytes read of ${bytes}`);
  assert.ok(dropped > 0);
  return result;
}

describe('a rate', { skip: withoutRoot }, () => {
  for (const place of places)
    for (const direction of ['in', 'out'] as const)
      it(`is kept ${direction} over ${place.loopback}, on a living connection, and not of a bystander's`, async () => {
        const { pairs } = await connectAll(server, program, place, 'l', ['victim', 'bystander']);
        const running = await run(`cookie:${pairs.victim.client.cookie}`, { direction });
        assert.equal(running.outage.fault, 'rate');
        assert.ok((await throughput(program, server, 'bystander', 1)) > fast);
        const { sockets } = await measure(running, direction, 'victim');
        assert.equal(sockets, 1);
      });

  for (const place of cable)
    it(`is kept over a cable to another network namespace (${place.family}), both ways`, async () => {
      const far = stage.makeNetns(place.family);
      stage.netns.join(far);
      await server.stop();
      server = await streamer(stage, { netns: far });
      const { pairs } = await connectAll(server, program, place, 'l', ['victim']);
      for (const direction of ['in', 'out'] as const)
        await measure(await run(`cookie:${pairs.victim.client.cookie}`), direction, 'victim');
      far.remove();
    });

  it('is that of each connection, also of new ones, and is over at its end', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'l', ['living']);
    const running = await run(`pid:${program.pid} remote:${listening.local[1]}`, { direction: 'out' });
    await program.connect('new', { family: 'ipv4', to: listening.local });
    await server.accept('new', 'l');
    await assertEchoes([program, 'new'], [server, 'new']);
    await assertEchoes([program, 'living'], [server, 'living']);
    for (const name of ['living', 'new'])
      assertLimited(seconds * (await throughput(program, server, name, seconds)), seconds * 1000, name);
    assert.equal((await running.stop()).sockets, 2);
    assert.ok((await throughput(program, server, 'living', 1)) > fast);
  });

  it('is no credit for a pause, also after a packet that passed late', async () => {
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['victim']);
    const running = await run(`cookie:${pairs.victim.client.cookie}`, { direction: 'out' });
    const drained = server.command('drain', { name: 'victim', seconds: 4 });
    for (const text of ['a', 'b', 'c']) await program.send('victim', text.repeat(50_000));
    assert.equal(await drained, 150_000);
    await sleep(5000);
    const got = 2 * (await throughput(program, server, 'victim', 2));
    const { measured } = await running.stop();
    assert.ok(measured.out.dropped > 0);
    assert.ok(got <= asked * 3 + packet, `${got} bytes in 2 s`);
  });

  it('is not what is measured where less was to be sent, and no data at all is a failure', async () => {
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['victim']);
    const filter = `cookie:${pairs.victim.client.cookie}`;
    const running = await run(filter);
    await program.send('victim', 'ping');
    assert.equal((await server.receive('victim')).text, 'ping');
    const { measured } = await running.stop();
    assert.deepEqual([measured.out.bytes, measured.out.dropped, measured.in.bytes], [4, 0, 0]);
    const idle = await run(filter);
    await assert.rejects(idle.stop(), { code: ErrorCode.noEffect, message: /^No data matched in / });
  });

  for (const victim of ['agent', 'broker', 'client'] as const)
    it(`ends with the ${victim}, and leaves nothing`, async () => {
      const { pairs } = await connectAll(server, program, ipv4, 'l', ['victim']);
      const broker = await agent.brokerPid();
      const own = await agent.client();
      await degrade(own, `cookie:${pairs.victim.client.cookie}`, {
        how: { kind: 'rate', bytesPerSecond: asked },
      });
      assert.ok((await throughput(program, server, 'victim', 2)) < fast);
      if (victim === 'client') own.close();
      else process.kill(victim === 'agent' ? agent.pid : broker, 'SIGKILL');
      await until('it is fast again', async () => (await throughput(program, server, 'victim', 0.5)) > fast);
    });

  it('stands in the audit log, and is printed beside what was asked for', async () => {
    const since = new Date();
    const { pairs } = await connectAll(server, program, ipv4, 'l', ['victim']);
    const words = [`cookie:${pairs.victim.client.cookie}`, '--rate', '500kB/s', '--for', '10m', '--yes'];
    const pourAndStop = async () => {
      const running = () => client.request(listOutages, {});
      await until('it runs', async () => (await running()).outages.length === 1);
      await throughput(program, server, 'victim', 2);
      const [{ id } = { id: 0 }] = (await running()).outages;
      await client.request(stopOutage, { id });
    };
    const json = stage.sockscope(['degrade', ...words, '--json']);
    await pourAndStop();
    const { code, json: printed, stderr } = await json;
    assert.equal(code, 0, stderr);
    assert.deepEqual(printed.asked.how, { kind: 'rate', bytesPerSecond: asked });
    assert.ok(printed.measured.out.bytes > 0);
    assert.equal(printed.sockets, 1);
    const line = auditLines(stage.user.uid, since).find(({ act }) => act === 'set-outage');
    assert.deepEqual(
      [line.fault, line.bytes_per_second, line.direction, line.claimed.method],
      ['rate', asked, 'both', 'degrades/run'],
    );

    const text = stage.sockscope(['degrade', ...words, '--direction', 'out']);
    await pourAndStop();
    const { stdout } = await text;
    assert.match(stdout, /^Degrade \d+: .*: 500 kB\/s at most, out until /);
    assert.match(stdout, /^out +\d+ +[1-9]\d* +\d+ +\d+(\.\d+)? kB\/s +500 kB\/s$/m);
  });
});
