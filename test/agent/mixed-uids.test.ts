/**
 * Processes that mix uids, as a set-user-ID program does: they may act for another user, so they are nobody's. Neither root with scope
 * mine nor the user who started them has them in scope.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AttemptEvent } from '../../agent/broker-link/attempt-records';
import { Broker } from '../../agent/broker-link/broker';
import type { DestroyRecord } from '../../agent/broker-link/destroy-records';
import { forkBroker } from '../../agent/broker-link/native';
import { startTimeOf } from '../../agent/system/process-stat';
import { caller } from '../helpers/caller';
import { connectAll, type Place, places } from '../helpers/pairs';
import { end, start, until } from '../helpers/programs';
import { assertEchoes, type SocketInfo } from '../helpers/puppet';
import { socketsOf } from '../helpers/rows';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

/** Forks once, and ends. */
const forks = 'import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)';

describe('a process that mixes uids', { skip: withoutRoot }, () => {
  let stage: Stage;
  /** Runs with root's effective uid, and the real one of who starts it. */
  let setUid: string;
  before(() => {
    stage = new Stage();
    setUid = join(stage.folder, 'set-uid');
    copyFileSync(python, setUid);
    chmodSync(setUid, 0o4755);
  });
  after(() => stage?.close());

  async function withBroker(uid: number, use: (broker: Broker) => Promise<void>): Promise<void> {
    const broker = new Broker(forkBroker(uid, false));
    try {
      await use(broker);
    } finally {
      broker.close();
    }
  }

  async function recordOf(broker: Broker, { cookie }: SocketInfo): Promise<DestroyRecord> {
    const sockets = socketsOf(await broker.list());
    const found = sockets.find(({ record }) => record.cookie === cookie);
    assert.ok(found);
    return found.record;
  }

  it("has sockets that are in nobody's scope: not root's either, nor those of its user", async () => {
    const server = await stage.puppet({ user: stranger });
    const mixed = await stage.puppet({}, setUid);
    const { pairs } = await connectAll(server, mixed, ipv4, 'mixed', ['stays']);
    for (const uid of [0, stage.user.uid])
      await withBroker(uid, async (broker) => {
        const record = await recordOf(broker, pairs.stays.client);
        assert.equal((await broker.judge([record]))[0]?.verdict, 'denied');
        for (const engine of ['bpf', 'sock_diag'] as const)
          assert.equal((await broker.destroy(caller, engine, [record]))[0]?.status, 'denied');
        const process = { pid: mixed.pid, startTime: startTimeOf(mixed.pid) };
        await assert.rejects(broker.signal(caller, process, 'TERM'), /EPERM/);
      });
    await assertEchoes([mixed, 'stays'], [server, 'stays']);
  });

  it('is not reported any more once it does, at its end and when it forks', () =>
    withBroker(stage.user.uid, async (broker) => {
      const seen: AttemptEvent[] = [];
      broker.on('attempt', (event) => seen.push(event));
      await broker.watchAttempts({ follows: true, watchedOnly: true });
      const kinds: Record<string, string[]> = {};
      for (const program of [python, setUid]) {
        const script = ['sh', '-c', 'read _; exec "$@"', 'sh', program, '-c', forks];
        const child = start(script, { user: stage.user }, { stdio: ['pipe', 'ignore', 'inherit'] });
        const exited = once(child, 'exit');
        stage.onClose(() => end(child));
        const { pid = 0 } = child;
        await until("it is the user's", () => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sh\n');
        await broker.watchProcesses([pid]);
        child.stdin?.end('\n');
        assert.deepEqual(await exited, [0, null]);
        await broker.flushAttempts();
        kinds[program] = seen.splice(0).map(({ kind }) => kind);
      }
      assert.deepEqual(kinds, { [python]: ['fork', 'exit', 'exit'], [setUid]: [] });
    }));
});
