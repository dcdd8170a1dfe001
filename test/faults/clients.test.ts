/** Clients are killed in the middle of a request, send half of one, or are slow: nothing stays of them, and others are served. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Client } from '../../agent/client/connect';
import {
  agentStatus,
  destroySockets,
  listOutages,
  listSockets,
  startOutage,
  type Target,
} from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { heldHooks } from '../helpers/bpf-objects';
import { children } from '../helpers/children';
import { forLongMs } from '../helpers/outages';
import { end, start, until } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';
import { introduction, message, Wire } from '../helpers/wire';
import { Ground } from './ground';
import { kills, planned, seed } from './plan';

/** Commands of the command line, for a connection and a port. */
const commands: readonly ((cookie: string, port: number) => string[])[] = [
  (cookie) => ['destroy', `cookie:${cookie}`, '--yes'],
  (_, port) => ['outage', `remote:${port}`, '--for', '5m', '--yes'],
  (cookie) => ['drill', `cookie:${cookie}`, '--fault', 'refused', '--down', '5m', '--wait', '1m', '--yes'],
  (_, port) => ['destroy', '--next', `remote:${port}`, '--wait', '5m', '--yes'],
  () => ['list', '--watch'],
  () => ['list', '--json'],
  (_, port) => ['why', String(port)],
  (cookie) => ['inspect', `cookie:${cookie}`],
];

const plan = planned(
  fc.record({ command: fc.nat(commands.length - 1), afterMs: fc.integer({ min: 100, max: 2000 }) }),
  kills,
);

/** Thousandths of a conversation after which it breaks off. */
const cuts = planned(fc.nat(999), 2 * kills);

/** Killed side by side. */
const sideBySide = 4;

const kilobytes = (pid: number) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

describe(`clients, seed ${seed}`, { skip: withoutRoot }, () => {
  let stage: Stage;
  let ground: Ground;
  let agent: AgentProcess;
  let client: Client;
  let broker: number;
  let idle: { readonly agent: number; readonly broker: number };
  before(async () => {
    stage = new Stage();
    ground = await Ground.prepare(stage);
  });
  after(() => stage?.close());
  beforeEach(async () => {
    agent = await stage.agent();
    client = await agent.client();
    const { brokerPid } = await client.request(agentStatus, {});
    assert.ok(brokerPid);
    broker = brokerPid;
    await ground.destroyOne(client);
    idle = { agent: descriptors(agent.pid), broker: descriptors(broker) };
  });
  afterEach(() => agent.stop());

  async function assertNothingStays(): Promise<void> {
    await until(
      'only this client is left',
      async () => (await client.request(agentStatus, {})).clients === 1,
    );
    await until('nothing is held down', async () => (await ground.connectErrno()) === null);
    assert.deepEqual((await client.request(listOutages, {})).outages, []);
    await until('no hook is attached', () => heldHooks(broker).length === 0);
    await until('no walker is left', () => children(broker).length === 0);
    await until('no descriptor is left', () => descriptors(broker) <= idle.broker);
    await until('nor in the agent', () => descriptors(agent.pid) <= idle.agent);
    const { name, result } = await ground.destroyOne(client);
    assert.deepEqual([result.outcome, result.engine], ['destroyed', 'bpf'], result.message);
    assert.equal(await ground.fateOf(name), 'destroyed');
    await ground.assertBystander();
  }

  async function killOne({ command, afterMs }: (typeof plan)[number], name: string): Promise<void> {
    const words = commands[command]?.(ground.cookie(name), ground.heldPort) ?? [];
    const program = [process.execPath, join(stage.folder, 'sockscope.js'), ...words];
    const child = start(program, { user: stage.user, netns: stage.netns }, { stdio: 'ignore' });
    await sleep(afterMs);
    await end(child);
  }

  it(`${kills} commands are killed`, async () => {
    for (let at = 0; at < plan.length; at += sideBySide) {
      const names = await ground.connect(sideBySide);
      await Promise.all(
        plan.slice(at, at + sideBySide).map((one, index) => killOne(one, names[index] ?? '')),
      );
      // Both ends agree, whatever has happened.
      for (const name of names) await ground.fateOf(name);
    }
    await assertNothingStays();
  });

  it(`${cuts.length} conversations break off: half a request does nothing`, async () => {
    for (let at = 0; at < cuts.length; at += sideBySide) {
      const names = await ground.connect(sideBySide);
      const targets = await ground.targets(client, names);
      const wires = cuts.slice(at, at + sideBySide).map(async (share, index) => {
        const target = targets[index];
        assert.ok(target);
        return breakOff(share, target);
      });
      await client.request(agentStatus, {}); // they have been read
      for (const wire of await Promise.all(wires)) wire.close();
      for (const name of names) assert.equal(await ground.fateOf(name), 'lives');
    }
    await assertNothingStays();
  });

  /** Sends this share of a conversation whose last word is a destroy, and never all of it. */
  async function breakOff(share: number, target: Target): Promise<Wire> {
    const outage = { filter: `remote:${ground.heldPort}`, fault: 'refused', forMs: forLongMs, detach: false };
    const whole = [
      message(0, 'initialize', introduction),
      message(1, startOutage.method, outage),
      message(2, listSockets.method, { filter: '' }),
      message(3, destroySockets.method, { targets: [target] }),
    ].join('');
    const wire = await Wire.open(stage.user.uid);
    wire.send(whole.slice(0, Math.floor((share * whole.length) / 1000)));
    return wire;
  }

  it('a thousand send a byte at a time: none keeps its place, and others are answered', async () => {
    const before = kilobytes(agent.pid);
    const bytes = message(0, 'initialize', introduction);
    const wires: Wire[] = [];
    const open = async (count: number) => {
      while (wires.length < count) wires.push(await Wire.open(stage.user.uid));
    };
    await open(50);
    // For ten seconds.
    await until('all places are taken', async () => (await client.request(agentStatus, {})).clients === 32);
    await open(1000);
    let sent = 0;
    await until('the slow ones are gone', async () => {
      if (sent < bytes.length - 1) for (const wire of wires) wire.send(bytes.charAt(sent));
      sent++;
      return (await client.request(agentStatus, {})).clients === 1;
    });
    for (const wire of wires) wire.close();
    assert.ok(kilobytes(agent.pid) - before < 100 * 1024, `${kilobytes(agent.pid) - before} KiB more`);
    await assertNothingStays();
  });
});
