/** How long others wait for their answers while a client, or a walker in the middle of its walk, is stopped. */

import { listAll } from '../../agent/client/list-all';
import { agentStatus, destroySockets } from '../../agent/protocol';
import { Ground } from '../../test/faults/ground';
import { signalNextWalker } from '../../test/helpers/signal-walker';
import { WatchCommand } from '../../test/helpers/watching';
import { reportTimes, title } from './report.mjs';
import { onStage } from './stage.mjs';

const rounds = 50;
/** A walker is given up after 2 s. */
const walkerRounds = 10;
/** After a walker was seen: it walks. */
const afterUs = 500;
const aim = '100 ms';

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** What another client asks for, by name. */
const questions = {
  status: (client) => client.request(agentStatus, {}),
  'a list of one process': (client) => listAll(client, `pid:${process.pid}`),
};

async function measure(when, client, ground) {
  for (const [name, ask] of Object.entries({ ...questions, 'a destroy': () => ground.destroyOne(client) })) {
    const times = [];
    for (let round = 0; round < rounds; round++) times.push(await timed(() => ask(client)));
    reportTimes(`${when}: ${name}`, times, aim);
  }
}

async function measureWalkers({ stage, pids: [, broker] }, client, other, ground) {
  const times = Object.fromEntries(Object.keys(questions).map((name) => [name, []]));
  for (let round = 0; round < walkerRounds; round++) {
    const names = await ground.connect(4);
    const targets = await ground.targets(client, names);
    const stopped = await signalNextWalker(stage, broker, 'SIGSTOP', afterUs);
    const asked = client.request(destroySockets, { targets });
    await stopped();
    const asks = Object.entries(questions).map(async ([name, ask]) =>
      times[name].push(await timed(() => ask(other))),
    );
    await Promise.all(asks);
    await asked;
    for (const name of names) await ground.fateOf(name);
  }
  for (const [name, each] of Object.entries(times)) reportTimes(`a walker is stopped: ${name}`, each, aim);
}

export function stopped() {
  title('Milliseconds until another client is answered');
  return onStage(async (on) => {
    const ground = await Ground.prepare(on.stage);
    const [client, other] = [await on.agent.client(), await on.agent.client()];
    await measure('nobody is stopped', client, ground);
    const watch = await WatchCommand.start(on.stage, ['--json']);
    watch.signal('SIGSTOP');
    await measure('a client is stopped', client, ground);
    watch.signal('SIGCONT');
    await watch.stop();
    await measureWalkers(on, client, other, ground);
  });
}
