/** A drill of programs that connect in a loop: its answer stays true and small, and its hold as long as was asked. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect } from '../../agent/client/library/connect';
import { limits, listOutages, type Round } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { connectAll, type Place, places } from '../helpers/pairs';
import { end, start, until } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

/** What one program says of itself, in milliseconds of CLOCK_MONOTONIC. */
interface Seen {
  readonly refused: number;
  readonly ended: number;
  readonly back: number;
}

const holdMs = 2000;

/** Far more than the ring of attempts holds (bpf/attempt_ring.h: some 6,000), with what is on its way to a stopped agent. */
const maxKept = 20_000;

/** Kilobytes of memory that a process has used at most. */
function peakMemory(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe('a drill of programs that connect in a loop', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
  });
  after(() => stage?.close());

  /** Programs that hold a connection to a port, and storm it once that ends; `told` has what they say when they are back. */
  async function withStorms(
    count: number,
    use: (port: number, told: Promise<readonly Seen[]>) => Promise<void>,
  ): Promise<void> {
    const server = await stage.puppet();
    const { listening } = await connectAll(server, server, ipv4, 'l', []);
    const port = listening.local[1];
    const around = { netns: stage.netns, user: stage.user };
    const storms = Array.from({ length: count }, () =>
      start([python, join(stage.folder, 'storm.py'), `${port}`], around, {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    try {
      await until('all are connected', async () => {
        const { json } = await stage.sockscope(['list', `remote:${port}`, 'state:established', '--json']);
        return json.sockets.length >= count ? true : undefined;
      });
      await use(port, Promise.all(storms.map(tale)));
    } finally {
      for (const storm of storms) await end(storm);
      await server.stop();
    }
  }

  async function tale({ stdout }: ChildProcess): Promise<Seen> {
    assert.ok(stdout);
    const [text] = await once(stdout, 'data');
    return JSON.parse(String(text));
  }

  function assertHeld(from: number, { back }: Seen): void {
    const heldMs = back - from;
    // At its end, the programs wait for a processor like others.
    assert.ok(heldMs > holdMs - 50 && heldMs < holdMs + 5000, `held down for ${heldMs} ms`);
  }

  it('counts what it can, says what was lost, holds down for the time asked, and has a small answer', (t) =>
    withStorms(3, async (port, told) => {
      const words = ['--times', '1', '--fault', 'refused', '--down', `${holdMs}ms`, '--wait', '10s'];
      const client = await agent.client();
      const drilled = stage.sockscope(['drill', `remote:${port}`, ...words, '--yes', '--json']);
      const outage = await until('it is held down', async () => {
        const { outages } = await client.request(listOutages, {});
        return outages[0];
      });
      client.close();
      assert.equal(Date.parse(outage.endsAt) - Date.parse(outage.startedAt), holdMs);
      const { stdout, json } = await drilled;
      const round: Round = json.rounds[0];
      const seen = await told;
      const made = seen.reduce((sum, one) => sum + one.refused + 1, 0);
      const peak = peakMemory(agent.pid);
      t.diagnostic(
        `${made} attempts; held ${seen.map(({ back }) => Math.round(back - round.startedMs))} ms; answer ${stdout.length} bytes, agent ${peak} KB: ${round.message}`,
      );
      assert.deepEqual([round.verdict, round.recovered], ['storm', 3], round.message);
      for (const one of seen) assertHeld(round.startedMs, one);
      // Before the destroy, none of them connects.
      assert.equal(round.attemptCount + round.dropped, made);
      assert.equal(round.incomplete, round.dropped > 0);
      assert.equal(round.message.includes('at least'), round.incomplete);
      const counted = round.more.reduce((sum, { count }) => sum + count, 0);
      assert.equal(round.attemptCount, limits.roundAttempts + counted);
      assert.equal(round.attempts.length, limits.roundAttempts + 1, 'and the one that recovered');
      assert.ok(stdout.length < 500_000, `${stdout.length} bytes`);
      assert.ok(peak < 250_000, `${peak} KB`);
    }));

  it('holds down for the time asked while the agent is stopped, and says that events were lost', () =>
    withStorms(1, async (port, told) => {
      const sockscope = await connect({ uid: stage.user.uid });
      const options = { times: 1, wait: '10s', fault: 'refused', down: holdMs } as const;
      let round: Round | undefined;
      try {
        for await (const event of sockscope.drillEvents(`remote:${port}`, options)) {
          if (event.kind === 'round') round = event.round;
          if (event.kind !== 'held') continue;
          agent.signal('SIGSTOP');
          await told.finally(() => agent.signal('SIGCONT'));
        }
      } finally {
        sockscope.close();
      }
      assert.ok(round);
      const [seen] = await told;
      assert.ok(seen);
      assertHeld(round.startedMs, seen);
      const made = seen.refused + 1;
      assert.equal(round.attemptCount + round.dropped, made);
      assert.equal(round.incomplete, round.dropped > 0);
      // On a slow machine, all that is made in the meantime is kept.
      if (made > maxKept) assert.ok(round.incomplete, round.message);
      assert.equal(round.recovered, 1, round.message);
    }));
});
