/** A drill of programs that connect in a loop: its answer stays true and small, and its hold as long as was asked. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { limits, type Round } from '../../agent/protocol';
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

const programs = 3;
const holdMs = 2000;

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

  it('counts what it can, says what was lost, holds down for the time asked, and has a small answer', async (t) => {
    const server = await stage.puppet();
    const { listening } = await connectAll(server, await stage.puppet(), ipv4, 'held', []);
    const port = listening.local[1];
    const storms = Array.from({ length: programs }, () =>
      start(
        [python, join(stage.folder, 'storm.py'), `${port}`],
        { netns: stage.netns, user: stage.user },
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      ),
    );
    try {
      await until('all are connected', async () => {
        const { json } = await stage.sockscope(['list', `remote:${port}`, 'state:established', '--json']);
        return json.sockets.length >= programs ? true : undefined;
      });
      const told = Promise.all(
        storms.map(async ({ stdout }): Promise<Seen> => {
          assert.ok(stdout);
          const [text] = await once(stdout, 'data');
          return JSON.parse(String(text));
        }),
      );
      const words = ['--times', '1', '--fault', 'refused', '--down', `${holdMs}ms`, '--wait', '10s'];
      const { stdout, json } = await stage.sockscope([
        'drill',
        `remote:${port}`,
        ...words,
        '--yes',
        '--json',
      ]);
      const seen = await told;
      const round: Round = json.rounds[0];
      const refused = seen.reduce((sum, one) => sum + one.refused, 0);
      t.diagnostic(
        `${refused} refused, ${round.attemptCount} seen, ${round.dropped} dropped; held ${seen.map(({ back }) => Math.round(back - round.startedMs))} ms; answer ${stdout.length} bytes, agent ${peakMemory(agent.pid)} KB: ${round.message}`,
      );
      assert.equal(round.verdict, 'storm', round.message);
      assert.equal(round.recovered, programs);
      for (const { back } of seen) {
        const heldMs = back - round.startedMs;
        assert.ok(heldMs > holdMs - 50 && heldMs < holdMs + 250, `held down for ${heldMs} ms`);
      }
      assert.equal(round.incomplete, round.dropped > 0);
      assert.equal(round.message.includes('at least'), round.incomplete);
      if (!round.incomplete) assert.equal(round.attemptCount, refused + programs);
      // What is counted or lost is all that there was; before the destroy, nothing connects.
      assert.equal(round.attemptCount + round.dropped, refused + programs);
      assert.ok(round.attempts.length <= limits.roundAttempts + 1, `${round.attempts.length} listed`);
      const counted = round.more.reduce((sum, { count }) => sum + count, 0);
      assert.equal(round.attemptCount, Math.min(limits.roundAttempts, round.attemptCount) + counted);
      assert.ok(stdout.length < 500_000, `${stdout.length} bytes`);
      assert.ok(peakMemory(agent.pid) < 250_000, `${peakMemory(agent.pid)} KB`);
    } finally {
      for (const storm of storms) await end(storm);
      await server.stop();
    }
  });
});
