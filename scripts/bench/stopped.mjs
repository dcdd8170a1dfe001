/** How long others wait for their answers while a client is stopped, or a walker in the middle of its work. */

import { listAll } from '../../agent/client/list-all';
import { agentStatus, destroySockets } from '../../agent/protocol';
import { Ground } from '../../test/faults/ground';
import { isStopped, signalNextWalker } from '../../test/helpers/signal-walker';
import { WatchCommand } from '../../test/helpers/watching';
import { note, percentile, reportRow, title } from './report.mjs';
import { onStage } from './stage.mjs';

const rounds = 50;
/** A walker is given up after 2 s. */
const walkerRounds = 10;
/** After a walker was seen: it works. */
const afterUs = 300;
const aimMs = 100;

/** Times of others' requests by their names, and those of when nobody is stopped, for comparison. */
class Times {
  #usual = null;
  #others;

  /** What others ask for, by name. */
  constructor(others) {
    this.#others = others;
  }

  /** `hold` begins a round, or resolves with null: there is nothing to measure in it; it resolves with what ends the round. */
  async measure(when, count, hold) {
    const found = new Map(Object.keys(this.#others).map((name) => [name, []]));
    for (let round = 0; round < count; round++) {
      const end = await hold();
      if (!end) continue;
      for (const [name, ask] of Object.entries(this.#others)) {
        const began = performance.now();
        await ask();
        found.get(name).push(performance.now() - began);
      }
      await end();
    }
    this.#report(when, found);
    this.#usual ??= found;
  }

  #report(when, found) {
    for (const [name, times] of found) {
      const ours = round(percentile(times, 0.95));
      const other = this.#usual && round(percentile(this.#usual.get(name), 0.95));
      const ratio = other === null ? null : round(ours / other);
      const row = { name: `${when}: ${name}, p95 of ${times.length}`, unit: 'ms', ours, other, ratio };
      reportRow({ ...row, target: `${aimMs} ms`, met: ours <= aimMs });
    }
  }
}

const round = (value) => Math.round(10 * value) / 10;

export function stopped() {
  title('Milliseconds until another client is answered, those while nobody is stopped, and their ratio');
  return onStage(async ({ stage, agent, pids: [, broker] }) => {
    const ground = await Ground.prepare(stage);
    const apart = await stage.puppet({ netns: stage.makeNetns('b') });
    await apart.listen('apart', { family: 'ipv4', address: '127.0.0.1' });
    const [client, other] = [await agent.client(), await agent.client()];
    const times = new Times({
      status: () => other.request(agentStatus, {}),
      'a list of one process': () => listAll(other, `pid:${apart.pid}`),
      'a destroy': () => ground.destroyOne(other),
    });
    const nobody = async () => () => {};
    await times.measure('nobody is stopped', rounds, nobody);
    const watch = await WatchCommand.start(stage, ['--json']);
    watch.signal('SIGSTOP');
    await times.measure('a client is stopped', rounds, nobody);
    watch.signal('SIGCONT');
    await watch.stop();

    /** `ask` has that walker first. */
    const walker = async (ask) => {
      const looks = await signalNextWalker(stage, broker, 'SIGSTOP', afterUs);
      const asked = ask();
      const pid = await looks();
      if (pid !== 0 && isStopped(pid)) return () => asked;
      await asked;
      return null;
    };
    await times.measure('a walker of a destroy is stopped', walkerRounds, async () => {
      const targets = await ground.targets(client, await ground.connect(4));
      return walker(() => client.request(destroySockets, { targets, engine: 'bpf' }));
    });
    await times.measure('a walker of a list is stopped', walkerRounds, () =>
      walker(() => listAll(client, '')),
    );
    note(
      'A destroy is made with its connection. Rounds whose walker was over before it was stopped are left out.',
    );
  });
}
