/** Thousands of sockets in many processes and three namespaces: Sockscope lists all that ss lists, with the same owners. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import type { Socket } from '../../agent/protocol';
import type { Netns } from '../helpers/netns';
import { end, run, start } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';

const processesEach = 20;
/** Every n-th process has a child that holds the same sockets. */
const sharedEach = 10;

/** The compared fields of one line of `ss -e`. */
interface Shown {
  readonly line: string;
  readonly cookie: string;
  /** `pid/fd`, sorted. */
  readonly holders: readonly string[];
}

function parseLine(line: string): Shown {
  const cookie = / sk:([0-9a-f]+)/.exec(line)?.[1];
  assert.ok(cookie, line);
  const holders = [...line.matchAll(/pid=(\d+),fd=(\d+)/g)].map(([, pid, fd]) => `${pid}/${fd}`);
  return { line, cookie: BigInt(`0x${cookie}`).toString(), holders: holders.sort() };
}

function holdersOf({ owners }: Socket): string[] {
  return owners.map(({ pid, fd }) => `${pid}/${fd}`).sort();
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

describe('the list compared with ss', { skip: withoutRoot }, () => {
  let stage: Stage;
  let namespaces: Netns[];
  let made = 0;
  before(async () => {
    stage = new Stage();
    namespaces = [stage.netns, stage.makeNetns('b'), stage.makeNetns('c')];
    for (const netns of namespaces) netns.crowd();
    await stage.agent();
    const herds = namespaces.flatMap((netns) =>
      Array.from({ length: processesEach }, (_, index) => herd(netns, index % sharedEach === 0 ? 1 : 0)),
    );
    for (const sockets of await Promise.all(herds)) made += sockets;
  });
  after(() => stage?.close());

  /** Starts one process with many sockets; resolves with their number. */
  async function herd(netns: Netns, children: number): Promise<number> {
    const child = start(
      [python, join(stage.folder, 'herd.py'), String(children)],
      { netns, user: stage.user },
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    stage.onClose(() => end(child));
    assert.ok(child.stdout);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return JSON.parse(line).sockets as number;
  }

  async function shownBySs(): Promise<Shown[]> {
    const lines: string[] = [];
    for (const netns of namespaces) {
      const { stdout } = await run(['ss', '-tunapOHe'], { netns });
      lines.push(...stdout.split('\n').filter((line) => line !== ''));
    }
    return lines.map(parseLine);
  }

  it('has every socket of ss, with the same owners', async (t) => {
    const filter = `net:${namespaces.map(({ inode }) => inode).join(',')}`;
    const before = await shownBySs();
    const { code, json } = await stage.sockscope(['list', filter, '--json']);
    assert.equal(code, 0);
    // A time-wait may end meanwhile.
    const after = new Set((await shownBySs()).map(({ cookie }) => cookie));
    const shown = before.filter(({ cookie }) => after.has(cookie));
    const sockets = json.sockets as Socket[];
    const byCookie = new Map(sockets.map((socket) => [socket.cookie, socket]));
    assert.ok(made >= 3000 && shown.length >= 2900, `${made} made, ${shown.length} shown by ss`);
    assert.deepEqual(
      shown.filter(({ cookie }) => !byCookie.has(cookie)).map(({ line }) => line),
      [],
      'shown by ss alone',
    );
    for (const { cookie, holders, line } of shown) {
      const socket = byCookie.get(cookie);
      assert.deepEqual(socket && holdersOf(socket), holders, line);
    }
    const known = new Set(before.map(({ cookie }) => cookie));
    const beyond = sockets.filter(({ cookie }) => !known.has(cookie));
    t.diagnostic(`${made} sockets made; ss shows ${shown.length}, Sockscope ${sockets.length}`);
    t.diagnostic(
      `beyond ss: ${JSON.stringify(countBy(beyond, ({ protocol, state }) => `${protocol} ${state}`))}`,
    );
    const queued = sockets.filter(({ queuedFor }) => queuedFor.length > 0);
    t.diagnostic(`in accept queues, with the listener's process: ${queued.length}`);
    t.diagnostic(`with the other end: ${sockets.filter(({ peer }) => peer !== null).length}`);
    // ss lists neither ports held without listening, nor the listeners that connections wait for.
    assert.equal(beyond.filter(({ state }) => state === 'bound').length, namespaces.length * processesEach);
    assert.equal(queued.length, namespaces.length * processesEach * 3);
    assert.deepEqual(Object.keys(countBy(beyond, ({ state }) => state)), ['bound']);
    const connected = sockets.filter(({ state, protocol }) => state === 'established' && protocol === 'tcp');
    assert.deepEqual(
      connected.filter(({ peer }) => peer === null),
      [],
    );
  });
});
